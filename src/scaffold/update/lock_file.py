"""uv.lock follows where an update changes the dependencies."""

from collections.abc import Iterator
from dataclasses import replace

from scaffold.console import Console
from scaffold.git.merge_repo import MergeRepo
from scaffold.project import uv
from scaffold.project.skipped import Skipped
from scaffold.update.merge import Merge
from scaffold.update.plan import Change

LOCK = "uv.lock"
_LOCKED_LATER = "uv locks it anew when the update is made"


def with_lock_file(merge: Merge, install: bool) -> Iterator[Change]:
    """The changes, and that of the lock file which follows from them."""
    yield from merge.changes
    if install and _needs_lock(merge):
        yield Change(LOCK, "changed", _LOCKED_LATER)


def _needs_lock(merge: Merge) -> bool:
    changed = {change.path for change in merge.changes if change.status in ("changed", "merged")}
    return "pyproject.toml" in changed and merge.has_lock_file


def update_lock_file(
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
