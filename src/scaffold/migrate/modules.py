"""The modules of a project: what they are called, and what they import. No I/O."""

import ast
from collections.abc import Iterator

OLD, NEW = "app", "flask_app"


def module_of(path: str) -> str:
    """The name that a file is imported by."""
    parts = path.removesuffix(".py").split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def moved_path(path: str) -> str:
    """Where a file of the old application goes."""
    return NEW + path.removeprefix(OLD)


def absolute_module(path: str, node: ast.ImportFrom) -> str:
    """The module that a statement imports from, where it is written relative, too."""
    above = path.split("/")[:-1]
    front = above[: len(above) - node.level + 1] if node.level else []
    return ".".join([*front, *([node.module] if node.module else [])])


def imported_names(path: str, text: str) -> Iterator[str]:
    """Every name that a file imports, with its module, and the modules themselves."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = absolute_module(path, node)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
