"""What must hold in the user's repository before an update is planned, and again before it is written."""

from scaffold.console import Console
from scaffold.errors import Conflicts, ScaffoldError, UsageError
from scaffold.git.repository import commit_of
from scaffold.git.worktree import Worktree
from scaffold.update import journal
from scaffold.update.merge import IGNORED_CHANGED, Merge, is_marked
from scaffold.update.plan import Change


class HeadMoved(ScaffoldError):
    """The merge started from a commit that is no longer the last one."""


def check_unfinished(worktree: Worktree, console: Console) -> None:
    """Raise an error where an earlier update, or a command of git, waits for the user."""
    unfinished = journal.find_update(worktree)
    if unfinished and unfinished.finished:
        console.note(f"the update to {unfinished.version} was cut off; it is finished now")
    unmerged = worktree.unmerged_paths()
    waiting = [
        change.path
        for change in (unfinished.conflicts if unfinished else ())
        if change.path in unmerged or _is_marked(worktree, change)
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


def check_uncommitted(worktree: Worktree, merge: Merge) -> None:
    """Raise an error where a file that the update writes is not as in the last commit."""
    touched = merge.touched_paths
    if uncommitted := touched & worktree.uncommitted_paths():
        raise UsageError(
            f"the update changes files that have changes of yours which are not committed: "
            f"{_first_three(uncommitted)}",
            "commit or stash them, and run again; other files may stay as they are",
        )
    if sparse := touched & worktree.sparse_paths():
        raise UsageError(
            f"the update changes files that your sparse checkout leaves out: {_first_three(sparse)}",
            "`git sparse-checkout disable` brings them back; run again then",
        )
    if hidden := touched & (flags := worktree.hidden_paths()).keys():
        flag = flags[min(hidden)]
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


def check_head(worktree: Worktree) -> None:
    """Raise an error where another commit was made since the merge began."""
    if commit_of(worktree.project, "HEAD") != worktree.head:
        raise HeadMoved(
            "another commit was made or checked out while the update was prepared",
            "nothing was written; run it again",
        )
