"""`scaffold migrate --finish`: nothing of Flask is left."""

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from scaffold.console import Console
from scaffold.errors import Conflicts
from scaffold.frameworks import FLASK
from scaffold.git.merge_repo import MergeRepo
from scaffold.migrate import assemble, guide, proxy, pyproject
from scaffold.migrate.edits import EDITS, EDITS_OF_MOUNT
from scaffold.migrate.modules import NEW, OLD, imported_names
from scaffold.migrate.plan import MigrateRequest
from scaffold.migrate.step import Step, change_tree, make_step, open_migration
from scaffold.migrate.tree import texts_of, with_texts
from scaffold.project.skipped import Skipped
from scaffold.template import answers_file, render
from scaffold.template.open_template import open_versions
from scaffold.template.questions import Answers
from scaffold.template.template import Template
from scaffold.update.plan import Update, UpdatePlan

PYPROJECT = "pyproject.toml"
# What the migration changed in it is no line that comes and goes: it becomes the template's again.
FIXTURES = "tests/database_fixtures.py"


def plan_finish(request: MigrateRequest, console: Console, *, colour: bool) -> UpdatePlan:
    """Everything but the writing."""
    with _prepared(request, console, colour=colour) as prepared:
        return prepared.plan


def finish_migration(request: MigrateRequest, console: Console, *, colour: bool) -> Update:
    """Remove the old application, and all that stands there only for it."""
    answers_file.read(request.path)
    prepared = _prepared(request, console, colour=colour)
    return make_step(request, prepared, _next, console)


@contextmanager
def _prepared(request: MigrateRequest, console: Console, *, colour: bool) -> Iterator[Step]:
    worktree, record, routes = open_migration(request.path, console)
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
        if assemble.MOUNTED in mine:
            files = _without_mount(mine)
        else:
            with console.busy("Rendering both editions"):
                fastapi = _render(template, "fastapi", record.answers)
                flask = _render(template, "flask", {**record.answers, "framework": FLASK})
            files = _without_flask(mine, flask, fastapi)
        tree = with_texts(merge_repo, head, files)
        yield change_tree(request, record, merge_repo, tree, colour=colour)


def check_imports(mine: assemble.Texts) -> None:
    """Raise an error where a file that stays imports the old application."""
    goes = _goes(mine)
    modules = (
        assemble.STRANGLER.replace("/", "."),
        *(() if assemble.MOUNTED in mine else (NEW,)),
    )
    for path, content in sorted(mine.items()):
        if path.endswith(".py") and path not in goes and path not in _edited_paths():
            try:
                names = set(imported_names(path, content.decode()))
            except (SyntaxError, ValueError):
                continue
            found = sorted(n for n in names if f"{n}.".startswith(tuple(f"{m}." for m in modules)))
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


def _goes(mine: Iterable[str]) -> set[str]:
    """The files that go; what `scaffold` did not make stays with its owner."""
    folders = [f"{assemble.STRANGLER}/", f"{assemble.RECORDINGS}/"]
    if assemble.MOUNTED not in mine:
        folders.append(f"{NEW}/")
    return {
        path
        for path in mine
        if path.startswith(tuple(folders)) or path in (guide.NAME, assemble.PARITY, *proxy.FILES)
    }


def _without_mount(mine: assemble.Texts) -> dict[str, str | bytes | None]:
    """The same for an application that `scaffold` did not make: its code and its packages stay."""
    files: dict[str, str | bytes | None] = dict.fromkeys(_goes(mine))
    for edit in EDITS_OF_MOUNT:
        if edit.path in mine:
            files[edit.path] = edit.undo(mine[edit.path].decode())
    files[PYPROJECT] = pyproject.without_packages(
        mine[PYPROJECT].decode(), pyproject.DEPENDENCIES, {assemble.CALLED_FLASK}
    )
    return files


def _without_flask(
    mine: assemble.Texts, flask: assemble.Texts, fastapi: assemble.Texts
) -> dict[str, str | bytes | None]:
    """What becomes of the files that know of the old application."""
    files: dict[str, str | bytes | None] = dict.fromkeys(_goes(mine))
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


def _next(_plan: UpdatePlan, skipped: list[Skipped]) -> Iterator[str]:
    yield from (step.command for step in skipped)
    yield "uv run poe lint && uv run poe test"
    yield f"git commit --message 'The service is {OLD}/ alone'"
