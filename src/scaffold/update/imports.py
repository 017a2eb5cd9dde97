"""What a project's files import and use, and an update takes away. No I/O.

git merges lines. It does not see that a file of the user's imports a module or a name which the template removed, nor
that a file of the template's imports what the user removed: without this check, the service would fail as it starts.
"""

import ast
import builtins
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from scaffold.update.plan import BrokenImport

Sources = Mapping[str, str]  # path of a Python file in the project → its text


@dataclass(frozen=True)
class _Import:
    line: int
    module: str
    name: str  # nothing where the whole module is imported
    local: str = ""  # what the file calls it

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module


def broken_imports(
    before: Sources,
    after: Sources,
    paths: Collection[str],
    moved: Mapping[str, str],
    dropped: Collection[str] = (),
) -> tuple[BrokenImport, ...]:
    """What these files import or use that is there before an update and not after it.

    `moved` is old path → new path; `dropped` are packages that the template no longer depends on.
    """
    resolved_before, resolves = _resolver(before), _resolver(after)
    now = {_module(old): _module(new) for old, new in moved.items() if old.endswith(".py")}
    earlier = {new: old for old, new in moved.items()}

    def is_gone(wanted: _Import) -> bool:
        return resolved_before(wanted) and not resolves(wanted)

    def place(wanted: _Import) -> str:
        return _new_place(wanted, now, resolves) or _only_place(wanted, after, paths)

    found = []
    for path in sorted(paths):
        imported = list(_imports(path, after[path]))
        for wanted in imported:
            if is_gone(wanted):
                found.append(BrokenImport(path, wanted.line, str(wanted), place(wanted)))
            elif wanted.package in dropped and not resolves(wanted):
                found.append(BrokenImport(path, wanted.line, wanted.package, ""))
        for use in _attributes(after[path], imported):
            if is_gone(use) and resolves(_Import(0, use.module, "")):
                found.append(BrokenImport(path, use.line, str(use), place(use), is_use=True))
        old = path if path in before else earlier.get(path, path)
        was = {item.local: item for item in _imports(old, before.get(old, ""))}
        for line, name in _unbound(before.get(old, ""), after[path]):
            source = was.get(name)
            new = (place(source) if is_gone(source) else str(source)) if source else ""
            found.append(BrokenImport(path, line, name, new, is_use=True))
    return tuple(dict.fromkeys(found))


def dropped_packages(before: Sources, after: Sources, dependencies: str) -> set[str]:
    """The packages of others that these files import before and do not name after, nor does `dependencies`."""
    own = {_module(path).partition(".")[0] for path in before}
    imported = {item.package for path, text in before.items() for item in _imports(path, text)}
    words = set(re.findall(r"\w+", "\n".join(after.values())))
    listed = dependencies.lower().replace("-", "_")
    gone = imported - own - words - sys.stdlib_module_names
    return {name for name in gone if name.lower() not in listed}


def _resolver(sources: Sources) -> Callable[[_Import], bool]:
    """What tells whether an import leads to a module of the project, and to a name in it."""
    modules = {_module(path): text for path, text in sources.items()}
    packages = {name.rpartition(".")[0] for name in modules}
    names = cache(_names)

    def resolves(wanted: _Import) -> bool:
        module = wanted.module
        if str(wanted) in modules or str(wanted) in packages:
            return True
        if module not in modules:
            return False
        found = names(modules[module])
        return not wanted.name or found is None or wanted.name in found

    return resolves


def _module(path: str) -> str:
    """The name that a file is imported by, from the project's folder or from its `src`."""
    parts = path.removeprefix("src/").removesuffix(".py").split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: str, text: str) -> Iterator[_Import]:
    tree = _syntax_of(text)
    package = path.removeprefix("src/").split("/")[:-1]
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield _Import(node.lineno, alias.name, "", alias.asname or alias.name)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                name = "" if alias.name == "*" else alias.name
                yield _Import(node.lineno, module, name, alias.asname or alias.name)


def _attributes(text: str, imported: Iterable[_Import]) -> Iterator[_Import]:
    """What a file takes from the modules that it imports, such as `operations.LIMIT`."""
    modules = {item.local: str(item) for item in imported}
    tree = _syntax_of(text)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Attribute) and (module := modules.get(_dotted(node.value))):
            yield _Import(node.lineno, module, node.attr)


def _dotted(node: ast.expr) -> str:
    """A name with dots, such as `app.operations`; nothing for other expressions."""
    if isinstance(node, ast.Attribute) and (front := _dotted(node.value)):
        return f"{front}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _unbound(before: str, after: str) -> Iterator[tuple[int, str]]:
    """The names, each with its first line, that a file uses and no longer imports or defines."""
    tree, names = _syntax_of(after), _names(before)
    if tree is None or not names or before == after:
        return
    nodes = list(ast.walk(tree))
    stored = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    named = {
        str(getattr(node, kind, "")).partition(".")[0]
        for node in nodes
        for kind in ("name", "asname", "arg", "rest")
    }
    if "*" in named:
        return
    gone = names - stored - named - set(dir(builtins))
    lines: dict[str, int] = {}
    for node in nodes:
        if isinstance(node, ast.Name) and node.id in gone:
            lines[node.id] = min(node.lineno, lines.get(node.id, node.lineno))
    yield from ((line, name) for name, line in lines.items())


def _names(text: str) -> frozenset[str] | None:
    """The names that a module has; nothing where that cannot be told without running it."""
    tree = _syntax_of(text)
    if tree is None:
        return None
    found: set[str] = set()
    for node in _outside_functions(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return None if found & {"*", "__getattr__"} else frozenset(found)


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(
            child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
        ):
            yield from _outside_functions(child)


@cache
def _syntax_of(text: str) -> ast.Module | None:
    """A file's syntax; nothing where it has none, as with the markers of a conflict in it."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _new_place(
    wanted: _Import, moved: Mapping[str, str], resolves: Callable[[_Import], bool]
) -> str:
    """Where a module went that the template moved, if it still has the name."""
    for old in (str(wanted), wanted.module):
        if old in moved:
            name = wanted.name if old == wanted.module else ""
            new = _Import(0, moved[old], name)
            return str(new) if resolves(new) else ""
    return ""


def _only_place(wanted: _Import, after: Sources, paths: Collection[str]) -> str:
    """The one module, other than these, that defines the name now."""
    if not wanted.name:
        return ""
    places = [
        _module(path)
        for path, text in after.items()
        if path not in paths and (tree := _syntax_of(text)) and wanted.name in _defined(tree)
    ]
    return f"{places[0]}.{wanted.name}" if len(places) == 1 else ""


def _defined(tree: ast.Module) -> set[str]:
    """The functions, classes and values that a module defines itself."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found
