"""`scaffold diff`: how a project differs from what its template made."""

from pathlib import Path

from scaffold import env_file, git, recorded, render, template, worktree
from scaffold.console import Console
from scaffold.project import Change, Difference
from scaffold.worktree import Scratch


def diff(path: Path, other: str | None, console: Console, *, colour: bool) -> Difference:
    """Compare the project as it lies on the disk with its recorded version, rendered anew."""
    git.isolate_environment(prompts=False)
    record = recorded.read(path)
    tree = worktree.opened(path)
    render.warm_up()
    with template.versions(record, record.commit, other, console) as (source, _):
        scratch = Scratch(source.workspace / "diff.git", tree)
        folder = source.workspace / "rendered"
        render.render(source, folder, record.answers, {})
        now = scratch.everything()
        scratch.follow_attributes(scratch.listing(now))
        made = scratch.tree_of(folder, now)
        if env_file.NAME not in scratch.listing(made):  # not the template's: it may hold secrets
            now = scratch.changed(now, {env_file.NAME: None})
        moved = scratch.renames(made, now)
        before, after = scratch.listing(made), scratch.listing(now)
        changes = tuple(
            Change(
                path, _status(path in before or path in moved, path in after), "", moved.get(path)
            )
            for path in sorted(before.keys() | after.keys())
            if before.get(path) != after.get(path) and path not in moved.values()
        )
        return Difference(
            path=tree.project,
            src_path=record.src_path,
            version=record.commit,
            changes=changes,
            text=scratch.diff(made, now, colour=colour),
        )


def _status(before: bool, after: bool) -> str:
    return "changed" if before and after else "added" if after else "removed"
