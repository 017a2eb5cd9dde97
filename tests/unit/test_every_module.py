"""Every module of the tool has a test file of its name, and modules import each other one way."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import scaffold

SOURCE = Path(scaffold.__file__).parent
TESTS = Path(__file__).parent
# Made for the environments of generated services: the tool copies or starts these files, and
# imports none. `tests/cli/test_compare.py` and `tests/update/test_migrate.py` run them where they
# belong.
NOT_IMPORTED = ("compare/probe_routes", "migrate/files")
# A package imports those above it.
ORDER = (
    "errors",
    "deferred_signals",
    "locks",
    "console",
    "distribution",
    "frameworks",
    "git",
    "template",
    "project",
    "advise",
    "export",
    "new",
    "update",
    "migrate",
    "compare",
    "output",
    "asking",
    "cli",
    "__main__",
)


@cache
def modules() -> dict[str, ast.Module]:
    """The modules by their path, with their code."""
    paths = (path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))
    return {
        path.as_posix(): ast.parse((SOURCE / path).read_text(encoding="utf-8"))
        for path in sorted(paths)
        if not any(map(path.is_relative_to, NOT_IMPORTED))
    }


def with_functions() -> list[str]:
    """The modules that do something; data alone needs no test."""
    function = ast.FunctionDef | ast.AsyncFunctionDef
    return [
        path
        for path, code in modules().items()
        if path == "__main__.py" or any(isinstance(node, function) for node in ast.walk(code))
    ]


def file_of(module: str) -> Path:
    """Where a module is tested."""
    path = Path(module)
    return TESTS / path.parent / f"test_{path.stem.strip('_')}.py"


def imported(code: ast.Module) -> Iterator[str]:
    """The names of all that a file imports, modules and what is taken from them."""
    for node in ast.walk(code):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_modules_are_found() -> None:
    found = with_functions()
    assert {"git/run.py", "__main__.py", "compare/charts.py"} <= set(found)
    assert len(found) >= 41


@pytest.mark.parametrize("module", with_functions())
def test_a_module_has_a_test_file_of_its_name_that_uses_it(module: str) -> None:
    file = file_of(module)
    assert file.is_file(), f"{module} has no {file.relative_to(TESTS)}"
    text = file.read_text(encoding="utf-8")
    name = "scaffold." + module.removesuffix(".py").replace("/", ".")
    is_run = module.startswith("cli/") and "run: Run" in text  # through the program
    assert is_run or name in imported(ast.parse(text)), f"{file.relative_to(TESTS)}: no {name}"


@pytest.mark.parametrize("module", with_functions())
def test_a_package_imports_only_those_above_it(module: str) -> None:
    own = ORDER.index(module.removesuffix(".py").partition("/")[0])
    for name in imported(modules()[module]):
        package = name.removeprefix("scaffold.").partition(".")[0]
        if name.startswith("scaffold.") and package in ORDER:
            assert ORDER.index(package) <= own, f"{module} imports {name}"


def test_a_package_itself_holds_no_code() -> None:
    for path, code in modules().items():
        if path.endswith("__init__.py"):
            assert len(code.body) == 1, path
