"""Imports that lead to the old application at its new place: the text is edited, so the rest of a file stays. No I/O."""

import ast
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from scaffold.migrate.modules import NEW, OLD, absolute_module

LINE_LENGTH = 100
IsOld = Callable[[str, str], bool]  # of a module, and a name in it


@dataclass(frozen=True)
class _Edit:
    """Another text from one place of a file to another; lines begin at 1, columns are bytes."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def rewrite_imports(
    path: str, text: str, old: Collection[str], known: Collection[str], *, moves: bool
) -> str:
    """The file with imports that lead to the old application, and with its imports in order."""
    new = with_new_places(path, text, old, known, moves=moves)
    return text if new == text else sort_imports(new)


def with_new_places(
    path: str, text: str, old: Collection[str], known: Collection[str], *, moves: bool
) -> str:
    """The file with imports that lead to the old application; `moves` says that it goes there, too.

    `old` are the modules that moved, `known` all modules of the project.
    """

    def is_old(module: str, name: str) -> bool:
        inside = f"{module}.{name}"
        return (inside if inside in known else module) in old

    return _edited(text, _edits(path, text, ast.parse(text), is_old, moves=moves))


def add_import(text: str, statement: str) -> str:
    """The file with one more import, beside the first one of the project's own modules."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == OLD:
            lines = text.splitlines(keepends=True)
            lines.insert(node.lineno - 1, f"{statement}\n")
            return sort_imports("".join(lines))
    raise ValueError("the file imports nothing of its own project")


def without_names(text: str, names: Collection[str]) -> str:
    """The file without the imports of these names."""
    edits = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            left = [a for a in node.names if (a.asname or a.name).partition(".")[0] not in names]
            if not left:
                edits.append(_Edit((node.lineno, 0), (_end(node)[0] + 1, 0), ""))
            elif len(left) < len(node.names):
                module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
                new = _from(module, left, 0)
                edits.append(_Edit((node.lineno, 0), _end(node), new))
    return _edited(text, edits)


def sort_imports(text: str) -> str:
    """The file with each block of imports in order, and those of the project's own modules in one block."""
    text = _joined_blocks(text)
    lines = text.splitlines(keepends=True)
    for block in _blocks(ast.parse(text).body):
        first, last = block[0].lineno - 1, _end(block[-1])[0]
        spans = [(node.lineno - 1, _end(node)[0]) for node in block]
        if sum(end - start for start, end in spans) == last - first:  # no comment in between
            keyed = [
                (_key(node), "".join(lines[start:end]))
                for node, (start, end) in zip(block, spans, strict=True)
            ]
            ordered = "".join(words for _, words in sorted(keyed, key=lambda pair: pair[0]))
            lines[first:last] = ordered.splitlines(keepends=True)
    return "".join(lines)


def _joined_blocks(text: str) -> str:
    """The file without empty lines between imports of the project's own modules."""
    lines = text.splitlines(keepends=True)
    blocks = list(_blocks(ast.parse(text).body))
    for before, after in reversed(list(itertools.pairwise(blocks))):
        start, end = _end(before[-1])[0], after[0].lineno - 1
        if all(map(_is_own, [*before, *after])) and not "".join(lines[start:end]).strip():
            del lines[start:end]
    return "".join(lines)


def _is_own(node: ast.Import | ast.ImportFrom) -> bool:
    name = node.names[0].name if isinstance(node, ast.Import) else node.module or ""
    return name.partition(".")[0] in (OLD, NEW) and not getattr(node, "level", 0)


def _edits(
    path: str, text: str, tree: ast.Module, is_old: IsOld, *, moves: bool
) -> Iterator[_Edit]:
    dotted: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from _edits_of_from(path, text, node, is_old, moves=moves)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                start = (alias.lineno, alias.col_offset)
                if alias.name == OLD and is_old(OLD, ""):
                    words = f"{NEW} as {alias.asname or OLD}"
                    yield _Edit(start, _end(alias), words)
                elif alias.name.startswith(f"{OLD}.") and is_old(*_split(alias.name)):
                    yield _Edit(start, (alias.lineno, alias.col_offset + len(OLD)), NEW)
                    if alias.asname is None:
                        dotted.add(alias.name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _dotted(node) in dotted:
            start = (node.lineno, node.col_offset)
            yield _Edit(start, (node.lineno, node.col_offset + len(OLD)), NEW)


def _edits_of_from(
    path: str, text: str, node: ast.ImportFrom, is_old: IsOld, *, moves: bool
) -> Iterator[_Edit]:
    module = absolute_module(path, node)
    if module.partition(".")[0] != OLD:
        return
    old: list[ast.alias] = []
    new: list[ast.alias] = []
    for alias in node.names:
        (old if is_old(module, alias.name) else new).append(alias)
    if not old and not (node.level and moves):
        return
    if not new and node.level and moves:
        return  # both move, and stay beside each other
    indent = node.col_offset
    there = NEW + module.removeprefix(OLD)
    if not new and len(_lines_of(text, node)) > 1:  # only the module: the form stays
        place = _lines_of(text, node)[0]
        start = place.index("from ") + 5
        end = place.index(" import")
        yield _Edit((node.lineno, start), (node.lineno, end), there)
        return
    statements = [_from(module, new, indent)] if new else []
    statements += [_from(there, old, indent)] if old else []
    yield _Edit((node.lineno, indent), _end(node), f"\n{' ' * indent}".join(statements))


def _from(module: str, names: Iterable[ast.alias], indent: int) -> str:
    """A statement, over several lines where one is too short."""
    words = [f"{a.name} as {a.asname}" if a.asname else a.name for a in names]
    line = f"from {module} import {', '.join(words)}"
    if indent + len(line) <= LINE_LENGTH:
        return line
    inside = "".join(f"{' ' * (indent + 4)}{word},\n" for word in words)
    return f"from {module} import (\n{inside}{' ' * indent})"


def _blocks(body: Sequence[ast.stmt]) -> Iterator[list[ast.Import | ast.ImportFrom]]:
    """The imports of a module that follow one another without a line between them."""
    block: list[ast.Import | ast.ImportFrom] = []
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            if block and node.lineno > _end(block[-1])[0] + 1:
                yield block
                block = []
            block.append(node)
    if block:
        yield block


def _key(node: ast.Import | ast.ImportFrom) -> tuple[bool, str]:
    if isinstance(node, ast.ImportFrom):
        return True, f"{'.' * node.level}{node.module or ''}".lower()
    return False, node.names[0].name.lower()


def _split(name: str) -> tuple[str, str]:
    module, _, last = name.rpartition(".")
    return module, last


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        front = _dotted(node.value)
        return f"{front}.{node.attr}" if front else ""
    return node.id if isinstance(node, ast.Name) else ""


def _end(node: ast.stmt | ast.alias) -> tuple[int, int]:
    assert node.end_lineno is not None  # noqa: S101 - of parsed text it is known
    assert node.end_col_offset is not None  # noqa: S101
    return node.end_lineno, node.end_col_offset


def _lines_of(text: str, node: ast.stmt) -> list[str]:
    return text.splitlines()[node.lineno - 1 : _end(node)[0]]


def _edited(text: str, edits: Iterable[_Edit]) -> str:
    """The text with other words at some places, from the last one to the first."""
    content = text.encode()
    starts = [0]
    for line in content.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def offset(place: tuple[int, int]) -> int:
        return min(starts[min(place[0] - 1, len(starts) - 1)] + place[1], len(content))

    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        content = content[: offset(edit.start)] + edit.text.encode() + content[offset(edit.end) :]
    return content.decode()
