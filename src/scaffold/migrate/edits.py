"""What stands in files of the new application for as long as there is an old one, and how it goes again. No I/O."""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

from scaffold.migrate.imports import LINE_LENGTH, add_import, without_names

_MIDDLEWARE = "    app.add_middleware(Middleware"
_MOUNT = """\
    # And after these, because the old application answers what is left.
    strangler.init_app(app, settings)
"""
_MOUNT_IMPORT = "from app.strangler import feature as strangler"
_SETTINGS = "StranglerSettings"
_SETTINGS_IMPORT = f"from app.strangler.settings import {_SETTINGS}"
_EXAMPLES = """
# Until Flask is gone: the routes that it answers again, such as GET:/api/v1/items; * for all. Empty: none.
OLD_ROUTES=
# Its threads in each worker.
OLD_THREADS=8
"""
_WATCH = """\
        for changes in watch("app", stop_event=stop, rust_timeout=timeout, yield_on_timeout=True):
"""
_WATCH_BOTH = """\
        for changes in watch(
            "app", "flask_app", stop_event=stop, rust_timeout=timeout, yield_on_timeout=True
        ):
"""
_ROWS_IMPORTS = (
    "from sqlalchemy import delete",
    "from sqlalchemy.ext.asyncio import AsyncEngine",
)
_ROLLED_BACK = "rolled_back"
_REMOVED = '''\
@pytest.fixture(autouse=True)
def rolled_back(client: TestClient, app: FastAPI) -> Iterator[None]:
    """Remove the rows of a test: no transaction spans both applications, so none is rolled back."""
    yield
    portal = client.portal
    assert portal is not None
    portal.call(remove_rows, app.state.engine)


async def remove_rows(engine: AsyncEngine) -> None:
    """Empty all tables."""
    async with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            await connection.execute(delete(table))
'''


@dataclass(frozen=True)
class Edit:
    """A change to a file of the project, and the way back to what the template made of it."""

    path: str
    do: Callable[[str], str]
    undo: Callable[[str], str]


def _mount(text: str) -> str:
    if _MIDDLEWARE not in text:
        raise ValueError("app/main.py adds no middleware")
    return add_import(text.replace(_MIDDLEWARE, _MOUNT + _MIDDLEWARE, 1), _MOUNT_IMPORT)


def _unmount(text: str) -> str:
    return without_names(text.replace(_MOUNT, ""), {"strangler"})


def _add_settings(text: str) -> str:
    return _with_bases(add_import(text, _SETTINGS_IMPORT), lambda b: [*b[:-1], _SETTINGS, b[-1]])


def _remove_settings(text: str) -> str:
    text = without_names(text, {_SETTINGS})
    return _with_bases(text, lambda bases: [base for base in bases if base != _SETTINGS])


def _with_bases(text: str, change: Callable[[list[str]], list[str]]) -> str:
    """The class of the settings with other bases, in as many lines as they need."""
    settings = next(
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
    )
    bases = change([ast.unparse(base) for base in settings.bases])
    lines = text.splitlines(keepends=True)
    end = next(n for n in range(settings.lineno - 1, len(lines)) if lines[n].endswith(":\n"))
    lines[settings.lineno - 1 : end + 1] = [_header(bases)]
    return "".join(lines)


def _header(bases: list[str]) -> str:
    joined = ", ".join(bases)
    if len(line := f"class Settings({joined}):\n") <= LINE_LENGTH + 1:
        return line
    if len(joined) + 4 <= LINE_LENGTH:
        return f"class Settings(\n    {joined}\n):\n"
    return "class Settings(\n" + "".join(f"    {base},\n" for base in bases) + "):\n"


def _remove_rows(text: str) -> str:
    """The fixtures of the database, with one that removes rows instead of rolling them back."""
    fixture = next(
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name == _ROLLED_BACK
    )
    lines = text.splitlines(keepends=True)
    start = fixture.decorator_list[0].lineno - 1
    lines[start : fixture.end_lineno] = [_REMOVED]
    text = "".join(lines)
    after_pytest = "from fastapi.testclient import TestClient\n"
    text = text.replace(after_pytest, after_pytest + "".join(f"{i}\n" for i in _ROWS_IMPORTS), 1)
    return add_import(text, "from app.models import Base")


def _keep(text: str) -> str:
    return text


def _line_after(before: str, line: str) -> tuple[Callable[[str], str], Callable[[str], str]]:
    def do(text: str) -> str:
        return re.sub(rf"(?m)^{re.escape(before)}\n", f"{before}\n{line}\n", text, count=1)

    def undo(text: str) -> str:
        return re.sub(rf"(?m)^{re.escape(line)}\n", "", text)

    return do, undo


def _replaced(old: str, new: str) -> tuple[Callable[[str], str], Callable[[str], str]]:
    return lambda text: text.replace(old, new), lambda text: text.replace(new, old)


# What every old application needs, also one that `scaffold` did not make.
EDITS_OF_MOUNT = (
    Edit("app/main.py", _mount, _unmount),
    Edit("app/settings.py", _add_settings, _remove_settings),
    Edit(
        ".env.example",
        lambda text: text + _EXAMPLES,
        lambda text: text.replace(_EXAMPLES, ""),
    ),
)
EDITS = (
    *EDITS_OF_MOUNT,
    Edit("Dockerfile", *_line_after("COPY app app", "COPY flask_app flask_app")),
    Edit(".dockerignore", *_line_after("!app", "!flask_app")),
    Edit("app/server/development.py", *_replaced(_WATCH, _WATCH_BOTH)),
    Edit("tests/database_fixtures.py", _remove_rows, _keep),
    Edit(
        "pyproject.toml",
        *_replaced('files = ["app", "tests"]', 'files = ["app", "flask_app", "tests"]'),
    ),
)
