"""`scaffold diff`: how a project differs from what its template made."""

from pathlib import Path

from scaffold.console import Console
from scaffold.git.environment import isolate_environment
from scaffold.git.merge_repo import MergeRepo
from scaffold.git.worktree import open_worktree
from scaffold.project import env_file
from scaffold.template import answers_file, render
from scaffold.template.open_template import open_versions
from scaffold.update.plan import Change, Difference


def diff_project(path: Path, other: str | None, console: Console, *, colour: bool) -> Difference:
    """Compare the project as it lies on the disk with its recorded version, rendered anew."""
    isolate_environment(prompts=False)
    record = answers_file.read(path)
    tree = open_worktree(path)
    render.preload_copier()
    with open_versions(record, record.commit, other, console) as (source, _):
        scratch = MergeRepo(source.workspace / "diff.git", tree)
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
