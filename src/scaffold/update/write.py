"""A merge becomes the journal of an update: every file as it was and as it will be."""

import os
from collections.abc import Mapping, Sequence

from scaffold.git.merge_repo import Entry, MergeRepo
from scaffold.project import env_file
from scaffold.update import journal
from scaffold.update.merge import Merge
from scaffold.update.preconditions import check_head, check_uncommitted


def write_merge(
    merge_repo: MergeRepo, merge: Merge, version: str, secrets: Sequence[str] = ()
) -> None:
    """Write the journal: from here on the update is decided."""
    worktree = merge_repo.worktree
    touched = merge.touched_paths
    ignored = merge_repo.ignored_paths(touched)
    result = merge_repo.entries(merge.tree)
    conflicts = [change for change in merge.changes if change.status == "conflict"]
    written = touched | {env_file.NAME} if secrets else touched
    with journal.write_journal(worktree, version, written, conflicts) as folder:
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
        check_head(worktree)
        check_uncommitted(worktree, merge)


def _index_lines(path: str, entry: Entry | None, stages: Mapping[int, Entry]) -> list[str]:
    """A path of the index: settled, or with every side of its conflict."""
    if stages:
        return [f"{stage.mode} {stage.oid} {number}\t{path}" for number, stage in stages.items()]
    return [f"{entry.mode} {entry.oid} 0\t{path}"] if entry else []
