"""The lists of pyproject.toml, which are edited line by line so that comments stay. No I/O."""

import re
from collections.abc import Collection, Iterable, Mapping

DEPENDENCIES = "dependencies"
DEVELOPMENT = "dev"
VERSIONS = "constraint-dependencies"
LISTS = (DEPENDENCIES, DEVELOPMENT, VERSIONS)
UNTIL = "    # What flask_app/ needs, until `scaffold migrate --finish` removes it."

Lines = dict[str, str]  # name of a package → its line


def packages(text: str, key: str) -> Lines:
    """The packages of a list, each with its line."""
    found = _find(text, key)
    return {} if found is None else _named(found[1])


def with_packages(text: str, key: str, added: Mapping[str, str]) -> str:
    """The file with more packages in a list, in the order of their names."""
    found = _find(text, key)
    if found is None or not added:
        return text
    start, lines, end = found
    position = next((n for n, line in enumerate(lines) if line == UNTIL), len(lines))
    front, rest = lines[:position], lines[position:]
    for name, line in sorted(added.items()):
        if name not in _named(lines):
            place = next((n for n, other in enumerate(front) if other > line), len(front))
            front.insert(place, line)
    return _joined(text, start, [*front, *rest], end)


def with_packages_of_flask(text: str, key: str, added: Mapping[str, str]) -> str:
    """The file with packages at the end of a list, under the comment that says until when."""
    found = _find(text, key)
    if found is None or not added:
        return text
    start, lines, end = found
    return _joined(text, start, [*lines, UNTIL, *sorted(added.values())], end)


def packages_of_flask(text: str, key: str) -> Lines:
    """The packages under that comment."""
    found = _find(text, key)
    lines = found[1] if found else []
    return _named(lines[lines.index(UNTIL) :]) if UNTIL in lines else {}


def without_packages(text: str, key: str, names: Collection[str]) -> str:
    """The file without some packages of a list, and without the comment on them."""
    found = _find(text, key)
    if found is None:
        return text
    start, lines, end = found
    kept = [line for line in lines if line != UNTIL and _name(line) not in names]
    return _joined(text, start, kept, end)


def only(lines: Lines, names: Iterable[str]) -> Lines:
    """Some of these packages."""
    return {name: lines[name] for name in names if name in lines}


def _find(text: str, key: str) -> tuple[int, list[str], int] | None:
    """Where a list begins, its lines, and where it ends."""
    match = re.search(rf"^{re.escape(key)} = \[\n(?P<lines>(?:(?!\]).*\n)*)\]", text, re.MULTILINE)
    if match is None:
        return None
    return match.start("lines"), match["lines"].splitlines(), match.end("lines")


def _joined(text: str, start: int, lines: Iterable[str], end: int) -> str:
    return text[:start] + "".join(f"{line}\n" for line in lines) + text[end:]


def _named(lines: Iterable[str]) -> Lines:
    return {name: line for line in lines if (name := _name(line))}


def _name(line: str) -> str | None:
    match = re.match(r"""\s*["']([A-Za-z0-9._-]+)""", line)
    return match[1].lower() if match else None
