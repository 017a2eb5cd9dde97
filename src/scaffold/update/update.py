"""`scaffold update`, `add`, `remove` and `set`: from one rendering of a project to another."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from scaffold.console import Console
from scaffold.errors import InvalidAnswer
from scaffold.git.environment import isolate_environment
from scaffold.git.merge_repo import MergeRepo
from scaffold.git.worktree import Worktree, open_worktree
from scaffold.project import env_file
from scaffold.project.skipped import Skipped
from scaffold.template import answers_file, render, resources
from scaffold.template.fetched import Fetched
from scaffold.template.open_template import open_versions
from scaffold.update import journal
from scaffold.update.answers import (
    changed_answers,
    check_answers,
    check_dropped,
    explain_invalid_answer,
    feature_answers,
    resource_answers,
)
from scaffold.update.changelog import changelog_between
from scaffold.update.lock_file import update_lock_file, with_lock_file
from scaffold.update.merge import Merge, merge_renderings
from scaffold.update.migrations import is_revision
from scaffold.update.plan import AbortedUpdate, Update, UpdatePlan, UpdateRequest
from scaffold.update.preconditions import HeadMoved, check_uncommitted, check_unfinished
from scaffold.update.write import write_merge

# How often an update starts from a new commit that was made meanwhile.
_ATTEMPTS = 3


@dataclass(frozen=True)
class _Prepared:
    """A plan, and what is needed to carry it out."""

    plan: UpdatePlan
    merge_repo: MergeRepo
    merge: Merge
    secrets: tuple[str, ...]


def plan_update(
    request: UpdateRequest, console: Console, *, colour: bool, fetched: Fetched | None = None
) -> UpdatePlan:
    """Everything but the writing."""
    with _prepared(request, console, colour=colour, fetched=fetched) as prepared:
        check_uncommitted(prepared.merge_repo.worktree, prepared.merge)
        return prepared.plan


def update_project(
    request: UpdateRequest, console: Console, *, colour: bool, fetched: Fetched | None = None
) -> Update:
    """Bring the project to another version or other answers, whole or not at all."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return _update(request, console, colour=colour, fetched=fetched)
        except HeadMoved as error:
            console.note(f"{error.message}: the update is merged anew")
    return _update(request, console, colour=colour, fetched=fetched)


def _update(
    request: UpdateRequest, console: Console, *, colour: bool, fetched: Fetched | None
) -> Update:
    with (
        _exclusive(_open_project(request.path), console),
        # It opens the project again: another run may have ended.
        _prepared(request, console, colour=colour, fetched=fetched) as prepared,
    ):
        worktree, plan, merge = prepared.merge_repo.worktree, prepared.plan, prepared.merge
        check_uncommitted(worktree, merge)
        if not plan.changes:
            return Update(plan, (), ())
        skipped: list[Skipped] = []
        if request.install:
            merge = update_lock_file(prepared.merge_repo, merge, console, skipped)
        secrets = _secrets(prepared, console, skipped)
        write_merge(prepared.merge_repo, merge, plan.new, secrets)
        journal.apply(worktree)
        plan = replace(plan, changes=merge.changes)
    return Update(plan, tuple(skipped), tuple(_next(request, plan, skipped)))


def abort_update(path: Path, console: Console) -> AbortedUpdate:
    """Take the last update back."""
    isolate_environment(prompts=False)
    with _exclusive(open_worktree(path), console):
        aborted = journal.abort(open_worktree(path))  # opened again: another run may have ended
    if aborted.stashed:
        console.note(
            f"your edits since the update are kept: `git diff HEAD {aborted.reference}` shows them"
        )
    for left in aborted.ignored:
        console.note(f"{left} was edited since, and git ignores it: it is left as it is")
    for left in aborted.committed:
        console.note(f"{left} was committed since: it is left as it is")
    return AbortedUpdate(path, aborted.version)


@contextmanager
def _exclusive(worktree: Worktree, console: Console) -> Iterator[None]:
    """Wait for other updates of the repository, where its file system knows locks."""
    with journal.exclusive(worktree) as alone:
        if not alone:
            console.note("this file system has no locks: let no other update run here meanwhile")
        yield


@contextmanager
def _prepared(
    request: UpdateRequest, console: Console, *, colour: bool, fetched: Fetched | None
) -> Iterator[_Prepared]:
    """Render both versions and merge them, in a temporary folder."""
    worktree = _open_project(request.path)
    check_unfinished(worktree, console)
    # Not before: an update that was cut off is finished now.
    record = answers_file.read(request.path)
    render.preload_copier()
    to = record.commit if request.same_version else request.to
    with open_versions(record, to, request.template, console, fetched) as (old, new):
        merge_repo = MergeRepo(old.workspace / "merge.git", worktree)
        newest = (old.commit, old.src_path) == (new.commit, record.src_path)
        if newest and not request.answers and not request.same_version:
            nothing = UpdatePlan(
                worktree.project, old.src_path, record.commit, new.version, {}, (), "", ""
            )
            yield _Prepared(nothing, merge_repo, Merge("", "", (), {}, False), ())
            return
        # As they are marked now: a sign-in that comes with this update comes after them.
        recorded = replace(record, answers=resources.with_marks(record.answers, old.questions))
        answers = {
            **check_answers(request.answers, new),
            **feature_answers(request, record, new),
            **resource_answers(request, recorded, new),
        }
        with console.busy("Rendering both versions"):
            before = render.render(old, old.workspace / "old", record.answers, {})
            try:
                given = resources.with_marks({**recorded.answers, **answers}, new.questions)
                after = render.render(new, new.workspace / "new", given, {})
            except InvalidAnswer as error:
                raise explain_invalid_answer(error, given, request) from error
        check_dropped(answers, new, after.hidden)
        sides = old.workspace / "old", new.workspace / "new"
        generate_once = before.generate_once | after.generate_once
        if request.adapt:
            generate_once |= request.adapt(request.path, *sides, new.workspace / "scratch")
        merge = merge_renderings(merge_repo, *sides, new.version, generate_once)
        secrets = env_file.secret_names(after.facts.get("secret_settings"))
        env_file.check_ignored(new.workspace / "new", secrets, new.workspace)
        earlier = before.facts.get("secret_settings")
        had = earlier if isinstance(earlier, list) else []
        yield _Prepared(
            UpdatePlan(
                path=worktree.project,
                src_path=old.src_path,
                old=record.commit,
                new=new.version,
                answers=changed_answers(record.answers, after.answers),
                changes=tuple(with_lock_file(merge, request.install)),
                changelog=changelog_between(old, new),
                diff=merge_repo.diff(merge.ours, merge.tree, colour=colour),
                imports=merge.imports,
            ),
            merge_repo,
            merge,
            # A clone of a project that had the feature may keep its secret elsewhere.
            env_file.missing(worktree.project, [name for name in secrets if name not in had]),
        )


def _open_project(path: Path) -> Worktree:
    """The repository of a project; another folder is an error before git is asked."""
    isolate_environment(prompts=False)
    answers_file.read(path)
    return open_worktree(path)


def _secrets(prepared: _Prepared, console: Console, skipped: list[Skipped]) -> tuple[str, ...]:
    """The secrets to write with the update; one is never put where it would be committed."""
    names, project = prepared.secrets, prepared.merge_repo.worktree.project
    if names and (left_out := env_file.why_not_written(project, names)):
        skipped.append(left_out)
        return ()
    if names and (project / env_file.NAME).is_symlink():
        target = env_file.append(project, names)
        console.note(f"{', '.join(names)} was added to {target}; `--abort` leaves it there")
        return ()
    return names


def _next(request: UpdateRequest, plan: UpdatePlan, skipped: list[Skipped]) -> Iterator[str]:
    here = request.path == Path.cwd()
    if not here:
        yield shlex.join(["cd", str(request.path)])
    if plan.conflicts:
        yield "git status    # what is left to resolve; `scaffold update --abort` takes all of it back"
    yield from (step.command for step in skipped)
    yield "git diff --cached"
    yield "uv run poe lint && uv run poe test"
    if any(is_revision(change.path) and change.status == "added" for change in plan.changes):
        yield "uv run poe migrate"
    yield "git commit"
