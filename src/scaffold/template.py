"""Which version of a template, and what it asks."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml

from scaffold import git, releases, sources
from scaffold.console import Console
from scaffold.errors import ScaffoldError, UsageError
from scaffold.project import Question, Request, Template
from scaffold.recorded import Record


@contextmanager
def opened(request: Request, console: Console) -> Iterator[Template]:
    """Find the template and its version; a remote one is cloned for the time it is open."""
    if request.opened:
        yield request.opened
        return
    source = sources.find(request)
    with tempfile.TemporaryDirectory(prefix="scaffold-", ignore_cleanup_errors=True) as folder:
        workspace = Path(folder)
        repository, src_path = sources.repository(source, workspace, console)
        ref = request.ref or source.ref or "HEAD"
        if ref == "HEAD" and not isinstance(source.location, Path):
            ref = releases.newest(git.tags(repository)) or "HEAD"
        commit = git.commit_of(repository, ref)
        if commit is None:
            raise UsageError(
                f"the template has no version {ref!r}",
                f"this scaffold carries {source.ref} and earlier; --template reads another place"
                if source.bundle
                else "--ref takes a tag, a branch or a commit",
            )
        yield Template(
            repository=repository,
            commit=commit,
            version=ref if ref != "HEAD" and git.is_tag(repository, ref) else commit,
            src_path=src_path,
            given=source.given,
            questions=_questions_of(repository, commit),
            notes=tuple(sources.notes(source.location, src_path, commit, request.ref)),
            workspace=workspace,
        )


@contextmanager
def versions(
    record: Record, to: str | None, other: str | None, console: Console
) -> Iterator[tuple[Template, Template]]:
    """The version that a project was made from, and the one to go to: by default the newest."""
    source, src_path = sources.of_project(record, other)
    with tempfile.TemporaryDirectory(prefix="scaffold-", ignore_cleanup_errors=True) as folder:
        workspace = Path(folder)
        repository, found = sources.repository(source, workspace, console)
        old = git.commit_of(repository, record.commit)
        if old is None:
            raise ScaffoldError(
                f"{src_path} has no version {record.commit}, from which this project was made",
                "was it ever pushed? A newer scaffold may know it; --template reads another place",
            )
        ref = to or _newest(repository, record.commit, old)
        new = git.commit_of(repository, ref)
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

        name = ref if git.is_tag(repository, ref) else git.describe(repository, new)
        yield version(old, record.commit), version(new, name)


def _newest(repository: Path, recorded: str, old: str) -> str:
    """Where an update goes if nothing else is said."""
    tags = git.tags(repository)
    if recorded not in tags or not releases.version(recorded):
        # What it counts from may be no version, or an older one than is tagged by now.
        past = releases.newest(git.tags(repository, merged=old), previews=True)
        recorded = git.describe(repository, old, past)
    head = git.commit_of(repository, "HEAD")
    return releases.target(recorded, tags, head) or old


def _questions_of(repository: Path, commit: str) -> dict[str, Question]:
    text = git.read_file(repository, commit, "copier.yml")
    if text is None:
        text = git.read_file(repository, commit, "copier.yaml")
    if text is None:
        raise ScaffoldError("the template has no copier.yml", "is it a Copier template?")
    return questions(text)


def questions(text: str) -> dict[str, Question]:
    """The questions of a `copier.yml` that can be asked; facts derived from answers are not."""
    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise ScaffoldError(f"cannot read the template's copier.yml: {reason}") from error
    if not isinstance(document, dict):
        raise ScaffoldError("the template's copier.yml is not a table of questions")
    named = document.get("_secret_questions")
    secret = named if isinstance(named, list) else []
    return {
        name: _question(name, details, secret=name in secret)
        for name, details in document.items()
        if isinstance(name, str) and not name.startswith("_") and not _is_derived(details)
    }


def _is_derived(details: object) -> bool:
    return isinstance(details, dict) and details.get("when", True) is False


def _question(name: str, details: object, *, secret: bool) -> Question:
    if not isinstance(details, Mapping):
        details = {"default": details}
    kind = details.get("type") or {bool: "bool", int: "int", float: "float", str: "str"}.get(
        type(details.get("default")), "yaml"
    )
    choices = list(_choices(details.get("choices")))
    return Question(
        name=name,
        type=str(kind),
        choices=tuple(value for _, value in choices),
        labels=tuple(label for label, _ in choices),
        multiselect=bool(details.get("multiselect", False)),
        help=str(details.get("help") or ""),
        default=details.get("default"),
        when=details.get("when", True),
        validator=str(details.get("validator") or ""),
        secret=secret or bool(details.get("secret", False)),
    )


def _choices(choices: object) -> Iterator[tuple[str, object]]:
    """Labels and values to choose from; those that a rule computes are left to Copier."""
    if isinstance(choices, Mapping):
        pairs = list(choices.items())
    elif isinstance(choices, list):
        pairs = [
            (item[0], item[1]) if isinstance(item, list) and len(item) == 2 else (item, item)
            for item in choices
        ]
    else:
        return
    plain = [
        (str(label), value.get("value") if isinstance(value, Mapping) else value)
        for label, value in pairs
    ]
    if not any(isinstance(value, str) and "{" in value for _, value in plain):
        yield from plain
