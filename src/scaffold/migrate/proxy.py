"""nginx in front of both applications, each in a process of its own: its files, and its map of routes. No I/O."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from scaffold.errors import UsageError
from scaffold.migrate.routes import Route

_TEXTS = Path(__file__).parent / "files" / "proxy"
COMPOSE, SERVER, MAP = "compose.proxy.yaml", "proxy/default.conf", "proxy/routes.map"
FILES = (COMPOSE, SERVER, MAP)
START = f"docker compose -f compose.yaml -f {COMPOSE} up --build"


def write_proxy(done: Iterable[Route], there: Collection[str]) -> dict[str, str]:
    """The files of the proxy, which sends these routes to the new application; `there` is the project's."""
    if taken := [path for path in FILES if path in there]:
        raise UsageError(f"{taken[0]} is there already", "rename or remove it, and run again")
    texts = {path: (_TEXTS / Path(path).name).read_text(encoding="utf-8") for path in FILES}
    lines = [map_line(route) for route in done]
    texts[MAP] += "".join(f"{line}\n" for line in dict.fromkeys(lines))
    return texts


def map_line(route: Route) -> str:
    """The line of the map that sends a route to the new application."""
    if "{" not in route.path:
        return f'"{route.method}:{route.path}" new;'
    parts = re.split(r"(\{[^{}]*\})", route.path)
    pattern = "".join("[^/]+" if part.startswith("{") else _literal(part) for part in parts)
    return f'"~^{route.method}:{pattern}$" new;'


def lines_to_add(routes: Iterable[Route], mapped: str) -> tuple[str, ...]:
    """The lines that a map lacks of the routes that the new application has."""
    present = {line.strip() for line in mapped.splitlines()}
    wanted = dict.fromkeys(map_line(route) for route in routes if route.done)
    return tuple(line for line in wanted if line not in present)


def _literal(text: str) -> str:
    # What is no letter of a pattern, such as a hyphen, is easier to read as it is.
    return re.sub(r"([.+*?()\[\]|^$\\])", r"\\\1", text)
