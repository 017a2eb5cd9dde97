"""Open one or two versions of a template, for as long as a command needs them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scaffold.console import Console
from scaffold.errors import ScaffoldError, UsageError
from scaffold.git.repository import commit_of, describe, is_tag, read_committed, tag_names
from scaffold.template import releases, sources
from scaffold.template.answers_file import Record
from scaffold.template.copier_yml import parse_questions
from scaffold.template.fetched import Fetched
from scaffold.template.questions import Question
from scaffold.template.request import TemplateRequest
from scaffold.template.template import Template


@contextmanager
def open_template(request: TemplateRequest, console: Console) -> Iterator[Template]:
    """Find the template and its version; a remote one is cloned for the time it is open."""
    if request.opened:
        yield request.opened
        return
    source = sources.find_source(request)
    with tempfile.TemporaryDirectory(prefix="scaffold-", ignore_cleanup_errors=True) as folder:
        with console.busy("Reading the template"):
            template = _read_template(request, source, Path(folder), console)
        yield template


@contextmanager
def open_versions(
    record: Record,
    to: str | None,
    other: str | None,
    console: Console,
    fetched: Fetched | None = None,
) -> Iterator[tuple[Template, Template]]:
    """The version that a project was made from, and the one to go to: by default the newest."""
    source, src_path = sources.source_of_project(record, other)
    with tempfile.TemporaryDirectory(prefix="scaffold-", ignore_cleanup_errors=True) as folder:
        workspace = Path(folder)
        with console.busy("Reading the template"):
            repository, found = (fetched or Fetched(workspace)).repository(source, console)
        old = commit_of(repository, record.commit)
        if old is None:
            raise ScaffoldError(
                f"{src_path} has no version {record.commit}, from which this project was made",
                "was it ever pushed? A newer scaffold may know it; --template reads another place",
            )
        ref = to or _update_ref(repository, record.commit, old)
        new = commit_of(repository, ref)
        if new is None:
            raise UsageError(
                f"the template has no version {ref!r}", "--to takes a tag, a branch or a commit"
            )

        def version(commit: str, name: str) -> Template:
            return Template(
                repository=repository,
                commit=commit,
                version=name,
                src_path=src_path or found,
                given=source.given,
                questions=_questions_of(repository, commit),
                notes=(),
                workspace=workspace,
            )

        name = ref if is_tag(repository, ref) else describe(repository, new)
        yield version(old, record.commit), version(new, name)


def _read_template(
    request: TemplateRequest, source: sources.Source, workspace: Path, console: Console
) -> Template:
    repository, src_path = sources.repository(source, workspace, console)
    ref = request.ref or source.ref or "HEAD"
    if ref == "HEAD" and not isinstance(source.location, Path):
        ref = releases.newest(tag_names(repository)) or "HEAD"
    commit = commit_of(repository, ref)
    if commit is None:
        raise UsageError(
            f"the template has no version {ref!r}",
            f"this scaffold carries {source.ref} and earlier; --template reads another place"
            if source.bundle
            else "--ref takes a tag, a branch or a commit",
        )
    return Template(
        repository=repository,
        commit=commit,
        version=ref if ref != "HEAD" and is_tag(repository, ref) else commit,
        src_path=src_path,
        given=source.given,
        questions=_questions_of(repository, commit),
        notes=tuple(sources.notes(source.location, src_path, commit, request.ref)),
        workspace=workspace,
    )


def _update_ref(repository: Path, recorded: str, old: str) -> str:
    """Where an update goes if nothing else is said."""
    tags = tag_names(repository)
    if recorded not in tags or not releases.version(recorded):
        # What it counts from may be no version, or an older one than is tagged by now.
        past = releases.newest(tag_names(repository, merged=old), previews=True)
        recorded = describe(repository, old, past)
    head = commit_of(repository, "HEAD")
    return releases.update_target(recorded, tags, head) or old


def _questions_of(repository: Path, commit: str) -> dict[str, Question]:
    text = read_committed(repository, commit, "copier.yml")
    if text is None:
        text = read_committed(repository, commit, "copier.yaml")
    if text is None:
        raise ScaffoldError("the template has no copier.yml", "is it a Copier template?")
    return parse_questions(text)
