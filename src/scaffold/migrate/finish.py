"""`scaffold migrate --finish`: nothing of Flask is left."""

import ast
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from scaffold.console import Console
from scaffold.errors import Conflicts
from scaffold.frameworks import FLASK
from scaffold.git.environment import isolate_environment
from scaffold.git.merge_repo import MergeRepo
from scaffold.git.worktree import open_worktree
from scaffold.migrate import assemble, guide, proxy, pyproject
from scaffold.migrate.edits import EDITS
from scaffold.migrate.modules import NEW, OLD, imported_names
from scaffold.migrate.plan import MigrateRequest
from scaffold.migrate.preconditions import check_begun, check_clean
from scaffold.migrate.routes import list_routes
from scaffold.migrate.step import Step, change_tree, make_step
from scaffold.migrate.tree import texts_of, with_texts
from scaffold.project.skipped import Skipped
from scaffold.template import answers_file, render
from scaffold.template.open_template import open_versions
from scaffold.template.questions import Answers
from scaffold.template.template import Template
from scaffold.update.plan import Update, UpdatePlan
from scaffold.update.preconditions import check_unfinished

PYPROJECT = "pyproject.toml"
# What the migration changed in it is no line that comes and goes: it becomes the template's again.
FIXTURES = "tests/database_fixtures.py"


def plan_finish(request: MigrateRequest, console: Console, *, colour: bool) -> UpdatePlan:
    """Everything but the writing."""
    with _prepared(request, console, colour=colour) as prepared:
        return prepared.plan


def finish_migration(request: MigrateRequest, console: Console, *, colour: bool) -> Update:
    """Remove the old application, and all that stands there only for it."""
    prepared = _prepared(request, console, colour=colour)
    return make_step(request, prepared, partial(_next, request), console)


@contextmanager
def _prepared(request: MigrateRequest, console: Console, *, colour: bool) -> Iterator[Step]:
    isolate_environment(prompts=False)
    record = answers_file.read(request.path)
    worktree = open_worktree(request.path)
    check_unfinished(worktree, console)
    check_begun(request.path)
    check_clean(worktree)
    with console.busy("Reading the routes of both applications"):
        routes = list_routes(request.path, "both")
    left = [f"{route.method} {route.path}" for route in routes if not route.done]
    if left:
        more = f" and {len(left) - 3} more" if len(left) > 3 else ""
        raise Conflicts(
            f"FastAPI has no route for {', '.join(left[:3])}{more}",
            "`scaffold migrate --status` lists them all; remove from flask_app/ what nobody needs",
        )
    render.preload_copier()
    with open_versions(record, record.commit, request.template, console) as (template, _):
        merge_repo = MergeRepo(template.workspace / "merge.git", worktree)
        head = merge_repo.head_tree()
        mine = texts_of(merge_repo, head)
        check_imports(mine)
        with console.busy("Rendering both editions"):
            fastapi = _render(template, "fastapi", record.answers)
            flask = _render(template, "flask", {**record.answers, "framework": FLASK})
        tree = with_texts(merge_repo, head, _without_flask(mine, flask, fastapi))
        yield change_tree(request, record, merge_repo, tree, colour=colour)


def check_imports(mine: assemble.Texts) -> None:
    """Raise an error where a file that stays imports the old application."""
    for path, content in sorted(mine.items()):
        if path.endswith(".py") and not _goes(path) and path not in _edited_paths():
            try:
                names = set(imported_names(path, content.decode()))
            except (SyntaxError, ValueError):
                continue
            found = sorted(
                n for n in names if n.split(".")[0] == NEW or n.startswith("app.strangler")
            )
            if found:
                line = _line_of(content.decode(), found[0])
                raise Conflicts(
                    f"{path}:{line} imports {found[0]}, which goes",
                    "move what it needs to app/, or remove the file; then run this again",
                )


def _line_of(text: str, module: str) -> int:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom) and module.startswith(
            getattr(node, "module", None) or node.names[0].name
        ):
            return node.lineno
    return 1


def _edited_paths() -> set[str]:
    return {edit.path for edit in EDITS}


def _goes(path: str) -> bool:
    folders = (f"{NEW}/", f"{assemble.STRANGLER}/", f"{assemble.RECORDINGS}/")
    return path.startswith(folders) or path in (
        guide.NAME,
        assemble.PARITY,
        *proxy.FILES,
    )


def _without_flask(
    mine: assemble.Texts, flask: assemble.Texts, fastapi: assemble.Texts
) -> dict[str, str | bytes | None]:
    """What becomes of the files that know of the old application."""
    files: dict[str, str | bytes | None] = {path: None for path in mine if _goes(path)}
    for edit in EDITS:
        if edit.path in mine:
            files[edit.path] = edit.undo(mine[edit.path].decode())
    if FIXTURES in mine and FIXTURES in fastapi:
        files[FIXTURES] = fastapi[FIXTURES]
    text = str(files[PYPROJECT])
    for key in pyproject.LISTS:
        names = assemble.names_to_remove(
            flask[PYPROJECT].decode(), fastapi[PYPROJECT].decode(), key
        )
        text = pyproject.without_packages(text, key, names)
    files[PYPROJECT] = text
    return files


def _render(template: Template, name: str, answers: Answers) -> dict[str, bytes]:
    folder = template.workspace / name
    render.render(template, folder, answers, {})
    return assemble.read_folder(folder)


def _next(request: MigrateRequest, _plan: UpdatePlan, skipped: list[Skipped]) -> Iterator[str]:
    if request.path != Path.cwd():
        yield shlex.join(["cd", str(request.path)])
    yield from (step.command for step in skipped)
    yield "uv run poe lint && uv run poe test"
    yield f"git commit --message 'The service is {OLD}/ alone'"
