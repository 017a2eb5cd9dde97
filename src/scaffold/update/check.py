"""`scaffold check`: which projects are behind their templates; nothing is cloned or rendered."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scaffold.console import Console
from scaffold.errors import ScaffoldError, UsageError
from scaffold.git.environment import isolate_environment
from scaffold.git.remotes import RemoteRefs, remote_refs
from scaffold.git.run import GitError
from scaffold.template import answers_file, releases, sources
from scaffold.template.answers_file import Record
from scaffold.update.folders import distinct_folders
from scaffold.update.project_status import ProjectStatus, Report

_THREADS = 16  # they only wait for an answer
# The user and the password in a URL: both are secret with http, and elsewhere where there is a password.
_USER_OF_URL = re.compile(r"(?<=http://)[^/]+@|(?<=https://)[^/]+@|(?<=://)[^/:@]*:[^/]*@")


def check_projects(paths: Sequence[Path], console: Console) -> Report:
    """Compare projects with their templates, and ask each template once."""
    isolate_environment(prompts=False)
    records, not_projects = _read(paths)
    templates = {record.src_path: record for record in records.values()}
    asking = f"Asking {len(templates)} template{'s' if len(templates) > 1 else ''}"
    with console.busy(asking), ThreadPoolExecutor(_THREADS) as pool:
        answers = dict(zip(templates, pool.map(_ask_template, templates.values()), strict=True))
    statuses = [
        _status_of(path, record, answers[record.src_path]) for path, record in records.items()
    ]
    for note in _notes(statuses):
        console.note(note)
    return Report((*statuses, *not_projects))


def _read(paths: Sequence[Path]) -> tuple[dict[Path, Record], list[ProjectStatus]]:
    """The records of the projects, each once, and the folders that are no project."""
    records, not_projects = {}, []
    for path in distinct_folders(paths):
        try:
            records[path] = answers_file.read(path)
        except UsageError as error:
            not_projects.append(ProjectStatus(path, "error", error=error))
    return records, not_projects


def _ask_template(record: Record) -> RemoteRefs | ScaffoldError:
    """What a template has, or why that is not known."""
    try:
        refs = remote_refs(sources.git_location(record))
    except (GitError, OSError, ValueError) as error:  # not every text can be an argument
        reason = str(error)
        for user in _USER_OF_URL.findall(record.src_path):
            reason = reason.replace(user, "")
        return ScaffoldError(f"cannot ask {_without_user(record.src_path)}: {reason}")
    if not refs.head and not refs.tags:
        return ScaffoldError(f"{_without_user(record.src_path)} has no commit")
    return refs


def _without_user(src_path: str) -> str:
    """A recorded URL without what only some may know."""
    return _USER_OF_URL.sub("", src_path)


def _status_of(path: Path, record: Record, answer: RemoteRefs | ScaffoldError) -> ProjectStatus:
    """Compare a project with what its template has."""
    version, source = record.commit, _without_user(record.src_path)
    if isinstance(answer, ScaffoldError):
        return ProjectStatus(path, "error", version, source=source, error=answer)
    target = releases.update_target(version, answer.tags, answer.head)
    if target is None:
        newest = releases.newest(answer.tags)
        return ProjectStatus(path, "up to date", version, newest, source, ahead=True)
    there = _commit(target, answer).startswith(_commit(version, answer))
    newest = releases.short(target, version) if target == answer.head else target
    return ProjectStatus(path, "up to date" if there else "outdated", version, newest, source)


def _notes(statuses: Sequence[ProjectStatus]) -> Iterator[str]:
    """Where a template is known less well than its projects know it, once for each."""
    ahead: dict[str | None, list[ProjectStatus]] = {}
    for status in statuses:
        if status.ahead:
            ahead.setdefault(status.source, []).append(status)
    for source, (first, *others) in ahead.items():
        more = f" and {len(others)} more project{'s' if len(others) > 1 else ''}" if others else ""
        yield (
            f"{first.path} ({first.version}){more}: newer than all that is known here of {source} "
            f"({first.newest or 'no release'}); a newer scaffold may know more"
        )


def _commit(version: str, refs: RemoteRefs) -> str:
    """The commit that a version names, by its first digits perhaps."""
    return refs.tags.get(version) or version.rpartition("-g")[2]
