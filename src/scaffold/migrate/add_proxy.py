"""`scaffold migrate --proxy`: nginx before both applications of a migration that has begun."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scaffold.console import Console
from scaffold.git.merge_repo import MergeRepo
from scaffold.migrate import proxy
from scaffold.migrate.plan import MigrateRequest
from scaffold.migrate.step import Step, change_tree, make_step, open_migration
from scaffold.migrate.tree import with_texts
from scaffold.project.skipped import Skipped
from scaffold.template import answers_file
from scaffold.update.plan import Update, UpdatePlan


def plan_proxy(request: MigrateRequest, console: Console, *, colour: bool) -> UpdatePlan:
    """Everything but the writing."""
    with _prepared(request, console, colour=colour) as prepared:
        return prepared.plan


def make_proxy(request: MigrateRequest, console: Console, *, colour: bool) -> Update:
    """Write the files of nginx, and the map of the routes that FastAPI has by now."""
    answers_file.read(request.path)
    prepared = _prepared(request, console, colour=colour)
    return make_step(request, prepared, _next, console)


@contextmanager
def _prepared(request: MigrateRequest, console: Console, *, colour: bool) -> Iterator[Step]:
    worktree, record, routes = open_migration(request.path, console)
    done = [route for route in routes if route.done]
    with tempfile.TemporaryDirectory(prefix="scaffold-", ignore_cleanup_errors=True) as folder:
        merge_repo = MergeRepo(Path(folder) / "merge.git", worktree)
        head = merge_repo.head_tree()
        files = proxy.write_proxy(done, merge_repo.entries(head))
        tree = with_texts(merge_repo, head, files)
        yield change_tree(request, record, merge_repo, tree, colour=colour)


def _next(_plan: UpdatePlan, _skipped: list[Skipped]) -> Iterator[str]:
    yield proxy.START
    yield "git commit --message 'nginx before both applications'"
