"""What a project's files import and use, and an update takes away."""

import pytest

from scaffold.update.imports import broken_imports, dropped_packages
from scaffold.update.plan import BrokenImport

BEFORE = {
    "app/__init__.py": "",
    "app/operations.py": "def operation(): ...\nLIMIT = 3\n",
    "app/database.py": "from app.operations import LIMIT\nasync def lifespan(): ...\n",
}


def found(
    mine: str, after: dict[str, str], moved: dict[str, str] | None = None, path: str = "app/mine.py"
) -> list[tuple[str, str]]:
    """What one own file has to change: the import that broke, and where it leads now."""
    listed = broken_imports({**BEFORE, path: mine}, {**after, path: mine}, [path], moved or {})
    assert all(item.path == path for item in listed)
    return [(item.name, item.now) for item in listed]


MOVED = {"app/__init__.py": "", "app/api.py": BEFORE["app/operations.py"], "app/database.py": ""}
API = {"app/operations.py": "app/api.py"}


@pytest.mark.parametrize(
    ("mine", "name", "now"),
    [
        ("import app.operations\n", "app.operations", "app.api"),
        ("from app import operations\n", "app.operations", "app.api"),
        ("from . import operations\n", "app.operations", "app.api"),
        ("from app.operations import operation\n", "app.operations.operation", "app.api.operation"),
        ("from .operations import LIMIT as L\n", "app.operations.LIMIT", "app.api.LIMIT"),
        ("from app.operations import *\n", "app.operations", "app.api"),
        ("def f():\n    import app.operations\n", "app.operations", "app.api"),
        ("from app.database import lifespan\n", "app.database.lifespan", ""),
    ],
)
def test_an_import_of_what_is_gone_is_found(mine: str, name: str, now: str) -> None:
    assert found(mine, MOVED, API) == [(name, now)]


@pytest.mark.parametrize(
    ("mine", "name", "now"),
    [
        ("import app.database\nx = app.database.lifespan\n", "app.database.lifespan", ""),
        ("import app.database as db\ndb.lifespan()\n", "app.database.lifespan", ""),
        ("from app import database\ndatabase.lifespan()\n", "app.database.lifespan", ""),
        # The import of a module that is gone is enough to be told.
        ("import app.operations\napp.operations.operation()\n", "app.operations", "app.api"),
    ],
)
def test_a_name_that_is_taken_from_an_imported_module_is_found(
    mine: str, name: str, now: str
) -> None:
    assert found(mine, MOVED, API) == [(name, now)]


def lost(before: str, after: str) -> list[BrokenImport]:
    """What one file uses and no longer imports; the project is the one that has moved files."""
    path = "app/main.py"
    return list(broken_imports({**BEFORE, path: before}, {**MOVED, path: after}, [path], API))


@pytest.mark.parametrize(
    ("before", "after", "name", "now"),
    [
        ("from fastapi import Depends\n", "x = Depends()\n", "Depends", "fastapi.Depends"),
        ("import fastapi as f\n", "x: f.Depends\n", "f", "fastapi"),
        (
            "from app.operations import operation\n",
            "@operation\ndef f(): ...\n",
            "operation",
            "app.api.operation",
        ),
        ("from app.database import lifespan\n", "lifespan()\n", "lifespan", ""),
        ("def helper(): ...\n", "\n\ndef f():\n    return helper()\n", "helper", ""),
    ],
)
def test_a_name_that_a_file_uses_and_no_longer_imports_is_found(
    before: str, after: str, name: str, now: str
) -> None:
    (item,) = lost(before, after)
    assert (item.name, item.now, item.is_use) == (name, now, True)
    assert name in after.splitlines()[item.line - 1]


@pytest.mark.parametrize(
    "after",
    [
        "",
        "from other import Depends\nDepends()\n",
        "from other import *\nDepends()\n",
        "import other as Depends\nDepends()\n",
        "class Depends: ...\nDepends()\n",
        "def f(Depends):\n    return Depends\n",
        "for Depends in ():\n    Depends()\n",
        "Never()\n",
        "this is no Python\n",
    ],
)
def test_a_name_that_is_bound_or_was_never_there_is_left_alone(after: str) -> None:
    assert lost("from fastapi import Depends\n", after) == []
    assert lost("from other import print\n", "print()\n") == []  # Python has one itself


def test_a_file_that_the_template_moved_is_compared_with_what_it_was() -> None:
    before = {"app/old.py": "from fastapi import Depends\n"}
    after = {"app/new.py": "Depends()\n"}
    assert broken_imports(before, after, after, {"app/old.py": "app/new.py"}) == (
        BrokenImport("app/new.py", 1, "Depends", "fastapi.Depends", is_use=True),
    )


@pytest.mark.parametrize(
    "mine",
    [
        "import json\nfrom pathlib import Path\nimport app\n",
        "from app.api import operation\n",
        "from app.never import was\n",
        "from app import never\n",
        "import app.database\n",
        "from app import database\ndatabase.never()\nf().lifespan\n",
        "this is no Python\n",
        "",
    ],
)
def test_what_still_leads_somewhere_or_never_did_is_left_alone(mine: str) -> None:
    assert found(mine, MOVED, API) == []


def test_a_name_that_another_module_defines_now_is_pointed_to() -> None:
    after = {**BEFORE, "app/operations.py": "", "app/limits.py": "LIMIT = 3\n"}
    assert found("from app.operations import LIMIT\n", after) == [
        ("app.operations.LIMIT", "app.limits.LIMIT")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "from app.other import *\n",
        "def __getattr__(name): ...\n",
        "<<<<<<< yours\n",
        "try:\n    from x import operation\nexcept ImportError:\n    operation = None\n",
        "if True:\n    class operation: ...\n",
    ],
)
def test_a_module_that_may_have_the_name_is_believed(text: str) -> None:
    after = {**BEFORE, "app/operations.py": text}
    assert found("from app.operations import operation\n", after) == []


def test_packages_tests_and_a_src_folder_are_known_by_their_names() -> None:
    before = {"src/pkg/__init__.py": "A = 1\n", "src/pkg/deep/x.py": "", "tests/help.py": ""}
    mine = {"tests/test_mine.py": "import pkg.deep.x\nfrom tests import help\nfrom pkg import A\n"}
    after = {"src/pkg/__init__.py": ""}
    assert broken_imports({**before, **mine}, {**after, **mine}, mine, {}) == (
        BrokenImport("tests/test_mine.py", 1, "pkg.deep.x", ""),
        BrokenImport("tests/test_mine.py", 2, "tests.help", ""),
        BrokenImport("tests/test_mine.py", 3, "pkg.A", ""),
    )


def test_a_package_that_the_template_no_longer_depends_on_is_found_once_in_a_line() -> None:
    mine = {"app/mine.py": "from fastapi import APIRouter, Depends\nimport httpx\nimport app\n"}
    before = {"app/main.py": "import json, httpx, jwt\nfrom fastapi import FastAPI\nimport app\n"}
    after = {"app/main.py": "import flask\n"}
    gone = dropped_packages(before, after, 'dependencies = ["flask>=3", "httpx", "PyJWT"]')
    assert gone == {"fastapi"}
    assert broken_imports({**before, **mine}, {**after, **mine}, mine, {}, gone) == (
        BrokenImport("app/mine.py", 1, "fastapi", ""),
    )
