"""What the steps of a migration have in common: each is a plan that is carried out as an update is."""

import shlex
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from scaffold.console import Console
from scaffold.git.environment import isolate_environment
from scaffold.git.merge_repo import MergeRepo
from scaffold.git.worktree import Worktree, open_worktree
from scaffold.migrate.plan import MigrateRequest
from scaffold.migrate.preconditions import check_begun, check_clean
from scaffold.migrate.routes import Route, list_routes
from scaffold.migrate.tree import changes_between
from scaffold.project.skipped import Skipped
from scaffold.template import answers_file
from scaffold.template.answers_file import Record
from scaffold.update import journal
from scaffold.update.lock_file import LOCK, update_lock_file, with_lock_file
from scaffold.update.merge import Merge
from scaffold.update.plan import Change, Update, UpdatePlan
from scaffold.update.preconditions import check_uncommitted, check_unfinished
from scaffold.update.write import write_merge


@dataclass(frozen=True)
class Step:
    """A plan, and what is needed to carry it out."""

    plan: UpdatePlan
    merge_repo: MergeRepo
    merge: Merge


def open_project(path: Path, console: Console) -> Worktree:
    """The repository of a project, in which no update waits for its user."""
    isolate_environment(prompts=False)
    worktree = open_worktree(path)
    check_unfinished(worktree, console)
    return worktree


def open_made_project(path: Path, console: Console) -> tuple[Worktree, Record]:
    """The same for one that was made from a template, and what it was made of."""
    answers_file.read(path)
    worktree = open_project(path, console)
    # Once more, because an update that was cut off is finished by now.
    return worktree, answers_file.read(path)


def open_migration(path: Path, console: Console) -> tuple[Worktree, Record, tuple[Route, ...]]:
    """The same for one whose migration has begun and is committed, and the routes of both applications."""
    worktree, record = open_made_project(path, console)
    check_begun(path)
    check_clean(worktree)
    with console.busy("Reading the routes of both applications"):
        return worktree, record, list_routes(path, "both")


def change_tree(
    request: MigrateRequest,
    record: Record,
    merge_repo: MergeRepo,
    tree: str,
    *,
    colour: bool,
    moved: Mapping[str, str] = MappingProxyType({}),
    kept: Iterable[Change] = (),
) -> Step:
    """The step from what is committed to this tree; `moved` is new path → old path."""
    worktree, head = merge_repo.worktree, merge_repo.head_tree()
    changes = (*changes_between(merge_repo, head, tree, moved, {}), *kept)
    merge = Merge(head, tree, changes, {}, LOCK in merge_repo.entries(head))
    check_uncommitted(worktree, merge)
    plan = UpdatePlan(
        path=worktree.project,
        src_path=record.src_path,
        old=record.commit,
        new=record.commit,
        answers={},
        changes=tuple(with_lock_file(merge, request.install)),
        changelog="",
        diff=merge_repo.diff(head, tree, colour=colour),
    )
    return Step(plan, merge_repo, merge)


def make_step(
    request: MigrateRequest,
    prepared: AbstractContextManager[Step],
    next_commands: Callable[[UpdatePlan, list[Skipped]], Iterable[str]],
    console: Console,
) -> Update:
    """Carry a step out, whole or not at all; the commands that come next are run in the project."""
    isolate_environment(prompts=False)
    with journal.exclusive(open_worktree(request.path)), prepared as step:
        merge, skipped = step.merge, list[Skipped]()
        if request.install:
            merge = update_lock_file(step.merge_repo, merge, console, skipped)
        write_merge(step.merge_repo, merge, step.plan.new)
        journal.apply(step.merge_repo.worktree)
        plan = replace(step.plan, changes=merge.changes)
    there = () if request.path == Path.cwd() else (shlex.join(["cd", str(request.path)]),)
    return Update(plan, tuple(skipped), (*there, *next_commands(plan, skipped)))
