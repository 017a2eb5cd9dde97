"""Every module of the tool has a test file of its name that imports it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import scaffold

SOURCE = Path(scaffold.__file__).parent
TESTS = Path(__file__).parent
# Made for the environments of generated services: the tool copies or starts these files, and
# imports none. `tests/cli/test_compare.py` runs them where they belong.
NOT_IMPORTED = "compare/added"


def modules() -> list[str]:
    """The modules that hold more than a docstring, by their path."""
    paths = (path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))
    return sorted(
        path.as_posix()
        for path in paths
        if not path.is_relative_to(NOT_IMPORTED)
        and len(ast.parse((SOURCE / path).read_text(encoding="utf-8")).body) > 1
    )


def file_of(module: str) -> Path:
    """Where a module is tested; a package's own code in the file of the package's name."""
    path = Path(module)
    stem = path.stem.strip("_")
    return TESTS / path.parent / f"test_{path.parent.name if stem == 'init' else stem}.py"


def imported(file: Path) -> Iterator[str]:
    """The names of all that a file imports, modules and what is taken from them."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_modules_are_found() -> None:
    found = modules()
    assert {"git.py", "__main__.py", "compare/__init__.py", "compare/charts.py"} <= set(found)
    assert "__init__.py" not in found
    assert len(found) >= 41


@pytest.mark.parametrize("module", modules())
def test_a_module_has_a_test_file_of_its_name_that_imports_it(module: str) -> None:
    file = file_of(module)
    assert file.is_file(), f"{module} has no {file.relative_to(TESTS)}"
    name = "scaffold." + module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    assert name in imported(file), f"{file.relative_to(TESTS)} does not import {name}"
