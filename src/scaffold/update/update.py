"""`scaffold update`, `add`, `remove` and `set`: from one rendering of a project to another."""

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scaffold.console import Console
from scaffold.errors import Conflicts, InvalidAnswer, ScaffoldError, UsageError
from scaffold.git.environment import isolate_environment
from scaffold.git.merge_repo import Entry, MergeRepo
from scaffold.git.repository import commit_of
from scaffold.git.worktree import Worktree, open_worktree
from scaffold.project import env_file, uv
from scaffold.project.skipped import Skipped
from scaffold.template import answers_file, render
from scaffold.template.answers import check_answer
from scaffold.template.answers_file import Record
from scaffold.template.open_template import open_versions
from scaffold.template.questions import Answers
from scaffold.template.template import Template
from scaffold.update import journal
from scaffold.update.changelog import changelog_between
from scaffold.update.merge import IGNORED_CHANGED, Merge, is_marked, merge_renderings
from scaffold.update.migrations import is_revision
from scaffold.update.plan import AbortedUpdate, Change, Update, UpdatePlan, UpdateRequest

LOCK = "uv.lock"
_LOCKED_LATER = "uv locks it anew when the update is made"
# How often an update starts from a new commit that was made meanwhile.
_ATTEMPTS = 3


class _HeadMoved(ScaffoldError):
    """The merge started from a commit that is no longer the last one."""


@dataclass(frozen=True)
class _Prepared:
    """A plan, and what is needed to carry it out."""

    plan: UpdatePlan
    merge_repo: MergeRepo
    merge: Merge
    secrets: tuple[str, ...]


def plan_update(request: UpdateRequest, console: Console, *, colour: bool) -> UpdatePlan:
    """Everything but the writing."""
    with _prepared(request, console, colour=colour) as prepared:
        _check_uncommitted(prepared.merge_repo.worktree, prepared.merge)
        return prepared.plan


def update_project(request: UpdateRequest, console: Console, *, colour: bool) -> Update:
    """Bring the project to another version or other answers, whole or not at all."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return _update(request, console, colour=colour)
        except _HeadMoved as error:
            console.note(f"{error.message}: the update is merged anew")
    return _update(request, console, colour=colour)


def _update(request: UpdateRequest, console: Console, *, colour: bool) -> Update:
    with (
        _exclusive(_open_project(request.path), console),
        # It opens the project again: another run may have ended.
        _prepared(request, console, colour=colour) as prepared,
    ):
        worktree, plan, merge = prepared.merge_repo.worktree, prepared.plan, prepared.merge
        _check_uncommitted(worktree, merge)
        if not plan.changes:
            return Update(plan, (), ())
        skipped: list[Skipped] = []
        if request.install:
            merge = _update_lock_file(prepared.merge_repo, merge, console, skipped)
        _write(prepared, merge, _secrets(prepared, console, skipped))
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
def _prepared(request: UpdateRequest, console: Console, *, colour: bool) -> Iterator[_Prepared]:
    """Render both versions and merge them, in a temporary folder."""
    worktree = _open_project(request.path)
    _check_unfinished(worktree, console)
    # Not before: an update that was cut off is finished now.
    record = answers_file.read(request.path)
    render.preload_copier()
    to = record.commit if request.same_version else request.to
    with open_versions(record, to, request.template, console) as (old, new):
        merge_repo = MergeRepo(old.workspace / "merge.git", worktree)
        newest = (old.commit, old.src_path) == (new.commit, record.src_path)
        if newest and not request.answers and not request.same_version:
            nothing = UpdatePlan(
                worktree.project, old.src_path, record.commit, new.version, {}, (), "", ""
            )
            yield _Prepared(nothing, merge_repo, Merge("", "", (), {}, False), ())
            return
        answers = {
            **_checked_answers(request.answers, new),
            **_feature_answers(request, record, new),
        }
        before = render.render(old, old.workspace / "old", record.answers, {})
        try:
            given = {**record.answers, **answers}
            after = render.render(new, new.workspace / "new", given, {})
        except InvalidAnswer as error:
            raise _explain_invalid_answer(error, given, request) from error
        _check_dropped(answers, new, after.hidden)
        generate_once = before.generate_once | after.generate_once
        merge = merge_renderings(
            merge_repo, old.workspace / "old", new.workspace / "new", new.version, generate_once
        )
        secrets = env_file.secret_names(after.secret_settings)
        env_file.check_ignored(new.workspace / "new", secrets, new.workspace)
        had = before.secret_settings if isinstance(before.secret_settings, list) else []
        yield _Prepared(
            UpdatePlan(
                path=worktree.project,
                src_path=old.src_path,
                old=record.commit,
                new=new.version,
                answers=_changed_answers(record.answers, after.answers),
                changes=tuple(_with_lock(merge, request.install)),
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


def _check_unfinished(worktree: Worktree, console: Console) -> None:
    """Raise an error where an earlier update, or a command of git, waits for the user."""
    unfinished = journal.find(worktree)
    if unfinished and unfinished.finished:
        console.note(f"the update to {unfinished.version} was cut off; it is finished now")
    unmerged = worktree.unmerged_paths()
    waiting = [
        change.path
        for change in (unfinished.conflicts if unfinished else ())
        if worktree.prefix + change.path in unmerged or _is_marked(worktree, change)
    ]
    if unfinished and waiting:
        raise Conflicts(
            f"the update to {unfinished.version} waits for you: {', '.join(waiting)}",
            "resolve them and `git add` the files, or take all back with `scaffold update --abort`",
        )
    name = worktree.operation_in_progress()
    if unmerged:
        raise UsageError(
            f"a {name or 'merge'} is under way here, with conflicts that are not resolved",
            "resolve them and `git add` the files, or abort it",
        )
    if name:
        raise UsageError(
            f"a {name} is under way here",
            f"end it with `git {name} --continue` or `--abort`, and run again",
        )


def _is_marked(worktree: Worktree, change: Change) -> bool:
    """Whether the markers of a conflict are still there, in a file that git does not watch."""
    file = worktree.project / change.path
    if change.reason != IGNORED_CHANGED or not file.is_file():
        return False
    return is_marked(file.read_bytes())


def _check_uncommitted(worktree: Worktree, merge: Merge) -> None:
    """Raise an error where a file that the update writes is not as in the last commit."""
    touched = _touched_paths(merge)
    if untidy := touched & worktree.uncommitted_paths():
        raise UsageError(
            f"the update changes files that have changes of yours which are not committed: "
            f"{_first_three(untidy)}",
            "commit or stash them, and run again; other files may stay as they are",
        )
    if absent := touched & worktree.sparse_paths():
        raise UsageError(
            f"the update changes files that your sparse checkout leaves out: {_first_three(absent)}",
            "`git sparse-checkout disable` brings them back; run again then",
        )
    if hidden := touched & (unseen := worktree.hidden_paths()).keys():
        flag = unseen[min(hidden)]
        raise UsageError(
            f"the update changes files that git was told not to look at: {_first_three(hidden)}",
            f"run `git update-index --no-{flag}` on them, commit what is yours, and run again",
        )
    if (worktree.git_dir / "index.lock").exists():
        raise ScaffoldError(
            "git is at work in this repository",
            f"wait for it, or remove {worktree.git_dir}/index.lock",
        )
    journal.check_obstacles(worktree, touched)


def _first_three(paths: set[str]) -> str:
    """The first of these paths, and how many more there are."""
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return f"{', '.join(sorted(paths)[:3])}{more}"


def _check_head(worktree: Worktree) -> None:
    """Raise an error where another commit was made since the merge began."""
    if commit_of(worktree.project, "HEAD") != worktree.head:
        raise _HeadMoved(
            "another commit was made or checked out while the update was prepared",
            "nothing was written; run it again",
        )


def _touched_paths(merge: Merge) -> set[str]:
    """The paths that are written or removed, or that get a conflict."""
    sources = {change.source for change in merge.changes if change.source}
    return {change.path for change in merge.changes if change.status != "kept"} | sources


def _checked_answers(answers: Answers, source: Template) -> Answers:
    for name, value in answers.items():
        if name not in source.questions:
            raise UsageError(
                f"the template does not ask for {name!r}",
                f"it asks for {', '.join(source.questions)}",
            )
        check_answer(source.questions[name], value, name)
    return answers


def _feature_answers(request: UpdateRequest, record: Record, source: Template) -> Answers:
    """The answers that bring features in, and leave others out."""
    offered = {name: asked for name, asked in source.questions.items() if asked.off is not None}
    answers = {}
    for feature in (*request.add, *request.remove):
        name, _, value = feature.partition("=")
        if name not in offered or (value and feature in request.remove):
            raise UsageError(f"{feature!r} is not a feature", f"features: {', '.join(offered)}")
        off = offered[name].off
        now = record.answers.get(name, off)
        if feature in request.remove:
            if now == off:
                raise UsageError(f"{name} is not there, so it cannot be removed")
            answers[name] = off
        else:
            if now != off:
                raise UsageError(
                    f"{name} is there already: {_text(now)}", f"`scaffold set {name}=…` changes it"
                )
            answers[name] = value or offered[name].on
    return _checked_answers(answers, source)


def _explain_invalid_answer(
    error: InvalidAnswer, answers: Answers, request: UpdateRequest
) -> UsageError:
    """A rule of the template, in terms of the project's answers."""
    name = error.question
    value = answers.get(name)
    hint = (
        "leave it, or change what it depends on in the same command"
        if request.same_version
        else f"give another answer with --data {name}=…"
    )
    given = f"the default of {name}" if value is None else f"{name}={_text(value)}"
    return UsageError(f"{given}: {error.message}", hint)


def _check_dropped(answers: Answers, source: Template, hidden: frozenset[str]) -> None:
    """An answer to a question that is not asked would be dropped; that a feature is left out, it is."""
    for name, value in answers.items():
        if name in hidden and value != source.questions[name].off:
            raise UsageError(
                f"{name} is not asked together with the project's other answers",
                "change the answer that it depends on in the same command",
            )


def _changed_answers(before: Answers, after: Answers) -> Mapping[str, tuple[Any, Any]]:
    names = dict.fromkeys([*after, *before])
    return {
        name: (before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    }


def _with_lock(merge: Merge, install: bool) -> Iterator[Change]:
    """The changes, and that of the lock file which follows from them."""
    yield from merge.changes
    if install and _needs_lock(merge):
        yield Change(LOCK, "changed", _LOCKED_LATER)


def _needs_lock(merge: Merge) -> bool:
    changed = {change.path for change in merge.changes if change.status in ("changed", "merged")}
    return "pyproject.toml" in changed and merge.has_lock_file


def _update_lock_file(
    merge_repo: MergeRepo, merge: Merge, console: Console, skipped: list[Skipped]
) -> Merge:
    """Choose the versions of dependencies that changed, in a copy of the project."""
    if not _needs_lock(merge):
        return merge
    folder = merge_repo.folder.with_name("locked")
    merge_repo.check_out(merge.tree, merge_repo.entries(merge.tree), folder)
    project = folder / merge_repo.worktree.prefix
    try:
        with console.step("Locking the dependencies"):
            uv.lock(project)
    except uv.UvError as error:
        skipped.append(error.skipped("lock", "uv lock"))
        return merge
    entry = merge_repo.store_bytes((project / LOCK).read_bytes())
    tree = merge_repo.with_entries(merge.tree, {LOCK: entry})
    if tree == merge.tree:
        return merge
    return replace(merge, tree=tree, changes=(*merge.changes, Change(LOCK, "changed")))


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


def _write(prepared: _Prepared, merge: Merge, secrets: tuple[str, ...]) -> None:
    """Write the journal: from here on the update is decided."""
    merge_repo, worktree = prepared.merge_repo, prepared.merge_repo.worktree
    touched = _touched_paths(merge)
    ignored = merge_repo.ignored_paths(touched)
    result = merge_repo.entries(merge.tree)
    conflicts = [change for change in merge.changes if change.status == "conflict"]
    written = touched | {env_file.NAME} if secrets else touched
    with journal.write_journal(worktree, prepared.plan.new, written, conflicts) as folder:
        present = [path for path in touched if path in result]
        merge_repo.check_out(merge.tree, present, folder / "checked-out")
        checked_out = folder / "checked-out" / worktree.prefix
        if checked_out.exists():
            (folder / "new").rmdir()
            checked_out.rename(folder / "new")
        if secrets:
            env_file.write_completed(worktree.project, secrets, folder / "new")
        lines: list[str] = []
        for path in sorted(touched - ignored):
            sides = merge.conflicts.get(path, {})
            lines += _index_lines(worktree.prefix + path, result.get(path), sides)
        text = "".join(f"{line}\0" for line in lines)
        (folder / "index").write_bytes(os.fsencode(text))  # a name need not be text
        stages = [entry for stage in merge.conflicts.values() for entry in stage.values()]
        merge_repo.copy_objects_to_user([*(result[path] for path in present), *stages])
        # The files are copied by now, so that what is edited from here on is noticed by the journal.
        _check_head(worktree)
        _check_uncommitted(worktree, merge)


def _index_lines(path: str, entry: Entry | None, stages: Mapping[int, Entry]) -> list[str]:
    """A path of the index: settled, or with every side of its conflict."""
    if stages:
        return [f"{stage.mode} {stage.oid} {number}\t{path}" for number, stage in stages.items()]
    return [f"{entry.mode} {entry.oid} 0\t{path}"] if entry else []


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


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
