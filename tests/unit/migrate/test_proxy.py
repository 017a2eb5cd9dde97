"""The map of nginx has a line for each method and path."""

import pytest

from scaffold.errors import UsageError
from scaffold.migrate.proxy import MAP, lines_to_add, map_line, write_proxy
from scaffold.migrate.routes import Route


def route(method: str, path: str, *, done: bool = True) -> Route:
    return Route(method, path, "", "", 0, done)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/api/v1/items", '"GET:/api/v1/items" new;'),
        ("/a-b/{item_id}", '"~^GET:/a-b/[^/]+$" new;'),
        ("/a/{b}.csv/{c}", r'"~^GET:/a/[^/]+\.csv/[^/]+$" new;'),
    ],
)
def test_a_parameter_is_a_part_of_the_path(path: str, line: str) -> None:
    assert map_line(route("GET", path)) == line


def test_each_line_stands_once() -> None:
    mapped = write_proxy([route("GET", "/a/{b}"), route("GET", "/a/{c}")], ())[MAP]
    assert mapped.count("/a/") == 1


def test_a_line_that_is_commented_out_is_missing() -> None:
    routes = [route("GET", "/a"), route("PUT", "/a"), route("GET", "/b", done=False)]
    assert lines_to_add(routes, '# "GET:/a" new;\n  "PUT:/a" new;\n') == ('"GET:/a" new;',)


def test_a_file_of_the_project_is_never_overwritten() -> None:
    with pytest.raises(UsageError, match=r"compose\.proxy\.yaml is there already"):
        write_proxy([], {"compose.proxy.yaml"})
