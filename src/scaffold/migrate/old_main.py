"""`app/main.py` of Flask, without what the new application does for both. No I/O."""

import ast
from collections.abc import Collection, Iterator

from scaffold.migrate.imports import without_names

# They would count, load or open a second time what the new application does for every request.
DONE_BY_NEW = ("ml", "observability", "rate_limit", "websockets")
_CALLS = ("configure_logging",)
_MIDDLEWARE = "Middleware"


def without_service(text: str) -> str:
    """The module without the log, the middleware, and the features that the new application has alone."""
    tree = ast.parse(text)
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    features = {
        name
        for name, source in imported.items()
        if source in {f"app.{feature}.feature" for feature in DONE_BY_NEW}
    }
    gone = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and _is_done_by_new(node, features)
    ]
    lines = text.splitlines(keepends=True)
    for node in sorted(gone, key=lambda node: node.lineno, reverse=True):
        del lines[node.lineno - 1 : node.end_lineno]
    text = "".join(lines)
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    named = {name for node in gone for name in _names(node)}
    return without_names(text, named & imported.keys() - used)


def _is_done_by_new(node: ast.stmt, features: Collection[str]) -> bool:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return name in _CALLS
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="init_app"))):
            return name in features
        case ast.Assign(
            targets=[ast.Attribute(attr="wsgi_app")], value=ast.Call(func=ast.Name(id=name))
        ):
            return name == _MIDDLEWARE
    return False


def _names(node: ast.AST) -> Iterator[str]:
    return (inside.id for inside in ast.walk(node) if isinstance(inside, ast.Name))
