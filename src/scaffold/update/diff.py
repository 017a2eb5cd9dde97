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
    worktree = open_worktree(path)
    render.preload_copier()
    with open_versions(record, record.commit, other, console) as (template, _):
        merge_repo = MergeRepo(template.workspace / "diff.git", worktree)
        folder = template.workspace / "rendered"
        with console.busy("Rendering the project anew"):
            render.render(template, folder, record.answers, {})
        current = merge_repo.write_work_tree()
        merge_repo.copy_attributes(merge_repo.entries(current))
        rendered = merge_repo.write_tree(folder, current)
        # One that is not the template's may hold secrets.
        if env_file.NAME not in merge_repo.entries(rendered):
            current = merge_repo.with_entries(current, {env_file.NAME: None})
        moved = merge_repo.renames(rendered, current)
        before, after = merge_repo.entries(rendered), merge_repo.entries(current)
        changes = tuple(
            Change(
                path, _status(path in before or path in moved, path in after), "", moved.get(path)
            )
            for path in sorted(before.keys() | after.keys())
            if before.get(path) != after.get(path) and path not in moved.values()
        )
        return Difference(
            path=worktree.project,
            src_path=record.src_path,
            version=record.commit,
            changes=changes,
            text=merge_repo.diff(rendered, current, colour=colour),
        )


def _status(before: bool, after: bool) -> str:
    return "changed" if before and after else "added" if after else "removed"
