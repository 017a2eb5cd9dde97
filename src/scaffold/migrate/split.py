"""Which files of a Flask service belong to Flask, and which ones both applications use. No I/O.

What is the same in both editions of the template stays where it is, such as the models, and so does what is the user's
and does not need Flask. Everything else is the old application.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from scaffold.migrate.modules import OLD, imported_names, module_of

MAIN = f"{OLD}/main.py"
# There is one log, one request id and one of each metric, whichever application answers.
ONE_FOR_BOTH = {f"{OLD}/logging.py", f"{OLD}/observability/requests.py"}
_FLASK = ("flask", "werkzeug", "gunicorn")

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Split:
    """Where the files of the folder `app/` go; a file may be in both."""

    old: frozenset[str]  # those of the old application
    packages: frozenset[str]  # the marks of packages that both have
    replaced: frozenset[str]  # those that no longer are what they were at their place


def split(mine: Files, flask: Files, fastapi: Files, main: str) -> Split:
    """Sort the files of a project, given the template's of both frameworks, and what `app/main.py` will be."""
    mine = {path: content for path, content in mine.items() if path.startswith(f"{OLD}/")}
    shared = {path for path in flask if fastapi.get(path) == flask[path]} | ONE_FOR_BOTH
    sources = {path: _text(content) for path, content in mine.items() if path.endswith(".py")}
    sources[MAIN] = main
    imports = {path: set(imported_names(path, text)) for path, text in sources.items()}
    old = _python_of_flask(imports, {*flask, *fastapi} - shared)
    own = mine.keys() - flask.keys() - fastapi.keys()
    edited = {path for path in mine.keys() & flask.keys() if mine[path] != flask[path]}
    needed = _reachable({MAIN, *(old & own), *(old & edited - shared)}, imports, old)
    old = needed | _beside(mine.keys() - sources.keys() - shared, old, sources)
    packages = _packages_of(old, mine)
    stays = own - old
    for path in sorted(own):
        # A package of which nothing is left but its mark goes, too.
        inside = f"{path.removesuffix('__init__.py')}"
        if path.endswith("/__init__.py") and not any(
            other.startswith(inside) and not other.endswith("__init__.py") for other in stays
        ):
            stays = stays - {path}
            old = old | {path}
    replaced = {path for path in mine if path not in shared and path not in stays}
    return Split(frozenset(old), frozenset(packages - old), frozenset(replaced))


def _python_of_flask(imports: Mapping[str, set[str]], differing: Collection[str]) -> set[str]:
    """The modules that need Flask, or need one that does; what is one for both never counts."""
    old = {
        path
        for path, names in imports.items()
        if path in differing or any(name.partition(".")[0].startswith(_FLASK) for name in names)
    } - ONE_FOR_BOTH
    while True:
        modules = {module_of(path) for path in old} - {OLD}
        more = {path for path, names in imports.items() if path not in old and names & modules}
        if not more - ONE_FOR_BOTH:
            return old
        old |= more - ONE_FOR_BOTH


def _reachable(
    start: Iterable[str], imports: Mapping[str, set[str]], among: Collection[str]
) -> set[str]:
    """These modules, and what they import of the others."""
    paths = {module_of(path): path for path in among}
    found: set[str] = set()
    waiting = [path for path in start if path in among]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += [paths[name] for name in imports[path] & paths.keys()]
    return found


def _beside(others: Iterable[str], old: Collection[str], modules: Iterable[str]) -> set[str]:
    """The files that are no modules, where a module next to them, or next above, is the old application's."""
    with_modules = {PurePosixPath(path).parent for path in modules}
    of_old = {PurePosixPath(path).parent for path in old}
    found = set()
    for path in others:
        nearest = next((f for f in PurePosixPath(path).parents if f in with_modules), None)
        if nearest in of_old:
            found.add(path)
    return found


def _packages_of(old: Iterable[str], mine: Collection[str]) -> set[str]:
    """The marks of the packages that these files lie in."""
    marks = {
        f"{folder}/__init__.py"
        for path in old
        if path.endswith(".py")
        for folder in PurePosixPath(path).parents
    }
    return {mark for mark in marks if mark in mine}


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")
