"""`scaffold update` of several projects: each by itself, whatever becomes of the others."""

import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from scaffold.console import Console, write_to_stderr
from scaffold.deferred_signals import deferred_signals, noted_signals
from scaffold.errors import Interrupted, ScaffoldError, explained
from scaffold.git.worktree import open_worktree
from scaffold.template import answers_file
from scaffold.template.answers_file import Record
from scaffold.template.fetched import Fetched
from scaffold.update import journal
from scaffold.update.folders import distinct_folders
from scaffold.update.plan import UpdateRequest
from scaffold.update.project_result import (
    ABORTED,
    ERROR,
    INTERRUPTED,
    NOT_BEGUN,
    NOTHING_TO_ABORT,
    ProjectResult,
    Results,
    of_error,
    of_plan,
)
from scaffold.update.update import abort_update, plan_update, update_project

_Work = Callable[[Path], ProjectResult]


def update_projects(
    paths: Sequence[Path], request: UpdateRequest, console: Console, *, dry_run: bool, colour: bool
) -> Results:
    """Ask the same of each project; a template is fetched once for all that were made from it."""
    with tempfile.TemporaryDirectory(prefix="scaffold-", ignore_cleanup_errors=True) as folder:
        fetched = Fetched(Path(folder))
        do = plan_update if dry_run else update_project

        def update(path: Path) -> ProjectResult:
            asked = replace(request, path=path.resolve())
            return of_plan(path, do(asked, console, colour=colour, fetched=fetched))

        return _each(paths, update, console)


def abort_updates(paths: Sequence[Path], console: Console) -> Results:
    """Take back what is not committed yet, where there is something."""

    def abort(path: Path) -> ProjectResult:
        answers_file.read(path)
        try:
            return ProjectResult(path, ABORTED, abort_update(path.resolve(), console))
        except journal.NoUpdate:
            return ProjectResult(path, NOTHING_TO_ABORT)

    return _each(paths, abort, console)


def _each(paths: Sequence[Path], work: _Work, console: Console) -> Results:
    """Do it to one project after the other, until a signal ends the run."""
    folders = distinct_folders(paths)
    results = {path: ProjectResult(path, NOT_BEGUN) for path in folders}
    with noted_signals() as came:
        for number, path in enumerate(folders, 1):
            try:
                with deferred_signals():
                    before = _record(path)
                write_to_stderr(f"{number} of {len(folders)}: {path}")
                with console.about(path):
                    results[path] = _result(path, work, console)
            except (KeyboardInterrupt, Interrupted):
                with deferred_signals():
                    results[path] = _cut_off(path, before)
                break
            if came:  # while a project was written, which is never cut off
                break
    return Results(tuple(results.values()))


def _result(path: Path, work: _Work, console: Console) -> ProjectResult:
    """What came of one project; no error of it ends the run."""
    try:
        return work(path)
    except Interrupted:
        raise
    except Exception as error:  # noqa: BLE001 - the other projects have nothing to do with it
        told = explained(error)
        if console.debug:
            console.explain(told)
        return of_error(path, told)


def _cut_off(path: Path, before: Record | None) -> ProjectResult:
    """The project at which the user stopped the run: what was decided is finished, and said."""
    try:
        worktree = open_worktree(path.resolve())
        with journal.exclusive(worktree):
            journal.find_update(worktree)
    except ScaffoldError as error:
        return ProjectResult(path, ERROR, error=error)
    return ProjectResult(path, INTERRUPTED, written=_record(path) != before)


def _record(path: Path) -> Record | None:
    """What a project records, where that can be read."""
    with suppress(ScaffoldError):
        return answers_file.read(path)
    return None
