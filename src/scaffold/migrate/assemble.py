"""The files of a project in which both applications live."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from scaffold.migrate import pyproject
from scaffold.migrate.application import Application
from scaffold.migrate.edits import EDITS, Edit
from scaffold.migrate.imports import rewrite_imports, sort_imports
from scaffold.migrate.modules import OLD, module_of, moved_path
from scaffold.migrate.split import MAIN, Split

FILES = Path(__file__).with_name("files")
STRANGLER = f"{OLD}/strangler"
MOUNTED = f"{STRANGLER}/mounted.py"  # only there where `scaffold` did not make the old application
_FEATURE_OF_FOREIGN = (
    (
        "from app.strangler.mount import OldApplication\n",
        "from app.strangler.mounted import MountedApplication\n",
    ),
    ("    old = OldApplication(", "    old = MountedApplication("),
    (
        "    document.init_app(app, flask)\n",
        """\
    # What nobody has gets the page that Flask always had for it.
    app.router.default = old
    document.init_app(app, flask)
""",
    ),
)
PARITY, RECORDINGS = "tests/test_parity.py", "tests/parity"
# What the test of both does where there are rows to remove.
_OF_DATABASE = (
    "from tests.database_fixtures import remove_rows\n",
    """\
        portal = client.portal
        assert portal is not None
        portal.call(remove_rows, app.state.engine)
""",
)
# The server that the new application has instead, and what FastAPI brings by itself.
_NOT_NEEDED = {"gunicorn", "pydantic", "types-gunicorn"}
# It called Flask from FastAPI in migrations that began with an earlier version.
CALLED_FLASK = "a2wsgi"

Texts = Mapping[str, bytes]


def old_application(mine: Texts, main: str, parts: Split) -> dict[str, bytes]:
    """The files of the old application at their new place."""
    known = {module_of(path) for path in mine if path.endswith(".py")}
    old = _old_modules(parts)
    found = {}
    for path in parts.old | parts.packages:
        content = main.encode() if path == MAIN else mine[path]
        if path.endswith(".py"):
            content = rewrite_imports(path, content.decode(), old, known, moves=True).encode()
        found[moved_path(path)] = content
    return found


def strangler(database: bool) -> dict[str, str]:
    """The modules between the two applications."""
    texts = _strangler_files()
    del texts[MOUNTED], texts[f"{STRANGLER}/old_application_mounted.py"]
    with_database = texts.pop(f"{STRANGLER}/old_application_with_database.py")
    if database:
        texts[f"{STRANGLER}/old_application.py"] = with_database
    return texts


def strangler_of_foreign(application: Application) -> dict[str, str]:
    """The same for an application that `scaffold` did not make."""
    texts = _strangler_files()
    del texts[f"{STRANGLER}/old_application_with_database.py"]
    old_application = texts.pop(f"{STRANGLER}/old_application_mounted.py")
    for before, after in (
        ("flask_app import create_app", f"{application.module} import {application.name}"),
        ("= create_app()", f"= {application.call}"),
    ):
        old_application = old_application.replace(before, after)
    texts[f"{STRANGLER}/old_application.py"] = sort_imports(old_application)
    feature = f"{STRANGLER}/feature.py"
    for before, after in _FEATURE_OF_FOREIGN:
        texts[feature] = texts[feature].replace(before, after)
    return texts


def _strangler_files() -> dict[str, str]:
    return {
        f"{STRANGLER}/{file.name}": file.read_text(encoding="utf-8")
        for file in sorted((FILES / "strangler").glob("*.py"))
    }


def parity(database: bool, users: bool) -> dict[str, str]:
    """The test that asks both applications, and its first requests."""
    folder = FILES / "parity"
    test = (folder / "test_parity.py").read_text(encoding="utf-8")
    if not database:
        for lines in _OF_DATABASE:
            test = test.replace(lines, "")
    recordings = [folder / "service.jsonl", *([folder / "users.jsonl"] if users else [])]
    return {PARITY: test} | {
        f"{RECORDINGS}/{file.name}": file.read_text(encoding="utf-8") for file in recordings
    }


def own_files_outside(mine: Texts, result: Texts, templates: Texts, parts: Split) -> dict[str, str]:
    """The user's files beside the applications, such as tests, with imports of what moved."""
    known = {module_of(path) for path in mine if path.endswith(".py")}
    old = _old_modules(parts)
    found = {}
    for path, content in result.items():
        if path.endswith(".py") and not path.startswith(f"{OLD}/") and path not in templates:
            try:
                text = content.decode()
                new = rewrite_imports(path, text, old, known, moves=False)
            except (SyntaxError, ValueError):
                continue
            if new != text:
                found[path] = new
    return found


def named_in_texts(files: Texts, parts: Split) -> Iterator[str]:
    """The places where a string names a module that moved; a program cannot tell what it is for."""
    names = _old_modules(parts)
    for path, content in sorted(files.items()):
        try:
            tree = ast.parse(content)
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = re.findall(r"\bapp(?:\.\w+)+", node.value)
                if any(_leads_to(word, names) for word in words) and "\n" not in node.value:
                    yield f"`{path}:{node.lineno}` has `{node.value}`"


def _old_modules(parts: Split) -> set[str]:
    return {module_of(path) for path in parts.old if path.endswith(".py")} - {OLD}


def _leads_to(word: str, modules: Collection[str]) -> bool:
    parts = word.split(".")
    return any(".".join(parts[:length]) in modules for length in range(2, len(parts) + 1))


def edited_files(result: Texts, edits: Sequence[Edit] = EDITS) -> dict[str, str]:
    """The files of the new application that know of the old one."""
    return {edit.path: edit.do(result[edit.path].decode()) for edit in edits if edit.path in result}


def without_own_packages(mine: str, flask: str) -> str:
    """pyproject.toml without what the user added to its lists: they are merged by name, not by line."""
    for key in pyproject.LISTS:
        own = pyproject.packages(mine, key).keys() - pyproject.packages(flask, key).keys()
        mine = pyproject.without_packages(mine, key, own)
    return mine


def with_all_packages(merged: str, mine: str, flask: str, fastapi: str) -> str:
    """pyproject.toml with the user's packages again, and with those that Flask needs."""
    for key in pyproject.LISTS:
        listed, of_flask = pyproject.packages(mine, key), pyproject.packages(flask, key)
        own = pyproject.only(listed, listed.keys() - of_flask.keys())
        merged = pyproject.with_packages(merged, key, own)
        needed = packages_of_flask(flask, fastapi, key)
        if key == pyproject.DEPENDENCIES:
            merged = pyproject.with_packages_of_flask(merged, key, needed)
        else:
            merged = pyproject.with_packages(merged, key, needed)
    return merged


def packages_of_flask(flask: str, fastapi: str, key: str) -> pyproject.Lines:
    """The packages of a list that only the old application needs."""
    lines = pyproject.packages(flask, key)
    names = lines.keys() - pyproject.packages(fastapi, key).keys() - _NOT_NEEDED
    return pyproject.only(lines, sorted(names))


def names_to_remove(flask: str, fastapi: str, key: str) -> set[str]:
    """The packages that go with the old application."""
    return {*packages_of_flask(flask, fastapi, key), CALLED_FLASK}


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files of a rendering."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
