"""The routes are read from the application itself."""

import sys
from pathlib import Path

import pytest

from scaffold.errors import ScaffoldError
from scaffold.migrate.routes import Route, list_routes

# Stands in for Flask, of which no more than this is asked.
MAIN = """
class Rule:
    def __init__(self, rule, endpoint, methods):
        self.rule, self.endpoint, self.methods = rule, endpoint, methods

class Map:
    def iter_rules(self):
        return [
            Rule("/orders/<int:order_id>", "read", {"GET", "HEAD", "OPTIONS"}),
            Rule("/docs", "docs", {"GET"}),
        ]

def view(): ...

class App:
    url_map = Map()
    view_functions = {"read": view}

print("something that it says as it starts")
def create_app(): return App()
"""


def project(folder: Path, main: str) -> Path:
    (folder / "app").mkdir()
    (folder / "app" / "main.py").write_text(main)
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
    return folder


def test_a_route_is_named_as_fastapi_writes_it_with_the_place_of_its_view(tmp_path: Path) -> None:
    (route,) = list_routes(project(tmp_path, MAIN), "flask")
    assert route == Route("GET", "/orders/{order_id}", "read", "app/main.py", 13)
    assert route.place == "app/main.py:13"
    assert Route("GET", "/", "x", "", 0).place == ""


def test_an_application_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match="cannot be loaded: JWT_SECRET: Field required"):
        list_routes(
            project(tmp_path, "import sys\nsys.exit('JWT_SECRET: Field required')"), "flask"
        )


def test_packages_have_to_be_installed(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match="not installed") as caught:
        list_routes(tmp_path, "both")
    assert "uv sync" in caught.value.hint
