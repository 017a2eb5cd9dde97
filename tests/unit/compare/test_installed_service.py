"""Copies of both services are installed as their images are, with the added routes."""

import ast
import sys
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from scaffold.compare.installed_service import PROBE_ROUTES, InstalledService, installed_services
from scaffold.console import Console
from scaffold.errors import ScaffoldError
from scaffold.project import uv
from scaffold.template import render
from scaffold.template.questions import Answers
from scaffold.template.render import Rendering
from scaffold.template.template import Template
from tests.cli.conftest import Repository
from tests.unit.conftest import template_at

PYPROJECT = """
[project]
name = "api"
dependencies = ["Web_Framework>=1.2,<2", "driver[binary]>=3", "missing"]
[tool.poe.tasks]
migrate = %s
"""


class Tools:
    """Stands in for Copier and uv."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.migrated: list[Mapping[str, str]] = []
        self.code = 0
        self.task = '"alembic upgrade head"'
        self.answers: dict[str, Any] = {"database": "sqlite"}
        self.facts: dict[str, Any] = {"secret_settings": ["JWT_SECRET"]}
        monkeypatch.setattr(render, "render", self.render)
        monkeypatch.setattr(uv, "install", self.install)
        monkeypatch.setattr(uv, "add_to_environment", self.add)
        monkeypatch.setattr(uv, "run", self.run)

    def render(
        self, _template: Template, folder: Path, given: Answers, _derived: Answers
    ) -> Rendering:
        (folder / "app").mkdir(parents=True)
        (folder / "app" / "main.py").write_text("def create_app():\n    return 1\n")
        (folder / "app" / "server").mkdir()
        (folder / "app" / "server" / "worker.py").write_text("x = 1\n")
        (folder / "tests.py").write_text("x = 1\n")
        (folder / "pyproject.toml").write_text(PYPROJECT % self.task)
        answers = {**self.answers, "framework": given["framework"]}
        return Rendering(answers, frozenset(), (), self.facts, frozenset())

    def install(self, folder: Path, *options: str, extra: Mapping[str, str]) -> None:
        self.calls.append(("install", folder.name, *options, *extra))
        packages = folder / ".venv" / "lib" / "python3.11" / "site-packages"
        for name, version in (("web-framework", "1.5"), ("Driver", "3.1"), ("other", "9")):
            info = packages / f"{name}-{version}.dist-info"
            info.mkdir(parents=True)
            (info / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
        (folder / ".venv" / "pyvenv.cfg").write_text("home = /x\nversion_info = 3.11.7\n")

    def add(self, folder: Path, *packages: str, extra: Mapping[str, str]) -> None:
        self.calls.append(("add", folder.name, *packages))

    def run(self, folder: Path, *command: str, extra: Mapping[str, str]) -> CompletedProcess[str]:
        self.calls.append(("run", folder.name, *command))
        self.migrated.append(extra)
        return CompletedProcess(command, self.code, "the log\n")


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> Tools:
    return Tools(monkeypatch)


@pytest.fixture
def template(released: Repository, tmp_path: Path) -> Template:
    return Template(**{**vars(template_at(released)), "workspace": tmp_path})


def made(template: Template) -> dict[str, InstalledService]:
    with installed_services(template, {"database": "sqlite"}, {}, Console()) as found:
        return found


def test_both_services_are_installed_without_what_only_developers_need(
    tools: Tools, template: Template
) -> None:
    found = made(template)
    assert list(found) == ["fastapi", "flask"]
    assert tools.calls[:2] == [
        ("install", "fastapi-service", "--no-dev", "UV_COMPILE_BYTECODE"),
        ("add", "fastapi-service", "httpx2", "picows"),
    ]
    copy = found["flask"]
    assert copy.folder == template.workspace / "flask-service"
    assert copy.answers["framework"] == "flask"
    assert (copy.code_lines, copy.packages) == (2, 3)
    assert copy.dependencies == {"driver": "3.1"}
    assert copy.python_version == "3.11.7"
    assert copy.python == copy.folder / ".venv" / "bin" / "python"


@pytest.mark.parametrize(
    "task", ['"alembic upgrade head"', '{ cmd = "alembic upgrade head", env = { A = "b" } }']
)
def test_each_service_has_secrets_and_a_database_of_its_own(
    tools: Tools, template: Template, task: str
) -> None:
    tools.task = task
    found = made(template)
    settings = [copy.settings for copy in found.values()]
    assert len({one["JWT_SECRET"] for one in settings}) == 2
    assert settings[0]["DATABASE_URL"] == (
        f"sqlite:///{template.workspace / 'fastapi-service' / 'compare.db'}"
    )
    assert [call for call in tools.calls if call[0] == "run"] == [
        ("run", f"{name}-service", "alembic", "upgrade", "head") for name in found
    ]
    assert tools.migrated[0]["DATABASE_URL"] == settings[0]["DATABASE_URL"]
    assert tools.migrated[0]["UV_NO_SYNC"] == "1"


def test_each_service_has_the_settings_that_the_template_names_for_a_load(
    tools: Tools, template: Template
) -> None:
    tools.facts["settings_under_load"] = {"RATE": 9, "LIMIT": "none"}
    for copy in made(template).values():
        assert (copy.settings["RATE"], copy.settings["LIMIT"]) == ("9", "none")


def test_settings_for_a_load_that_are_no_mapping_are_the_templates_fault(
    tools: Tools, template: Template
) -> None:
    tools.facts["settings_under_load"] = ["RATE"]
    with pytest.raises(ScaffoldError, match="settings_under_load does not map"):
        made(template)


def test_a_service_without_a_database_has_none(tools: Tools, template: Template) -> None:
    tools.answers = {"database": "none"}
    found = made(template)
    assert not any(copy.has_database for copy in found.values())
    assert all("DATABASE_URL" not in copy.settings for copy in found.values())
    assert tools.migrated == []


def test_tables_that_cannot_be_made_are_told(tools: Tools, template: Template) -> None:
    tools.code = 1
    with pytest.raises(
        ScaffoldError, match="the tables of the FastAPI service could not"
    ) as caught:
        made(template)
    assert caught.value.hint == "the log"


def test_the_probe_routes_wrap_what_creates_the_application(
    tools: Tools, template: Template
) -> None:
    for framework, copy in made(template).items():
        app = copy.folder / "app"
        added = (app / "probe_routes.py").read_text()
        assert added == (PROBE_ROUTES / f"{framework}_routes.py").read_text()
        assert (app / "order.py").read_text() == (PROBE_ROUTES / "order.py").read_text()
        *_, last = ast.parse((app / "main.py").read_text()).body
        assert ast.unparse(last) == "create_app = with_probe_routes(create_app)"


# Stands for the interpreter of a copy: notes each statement, and refuses as the test wants.
PYTHON = """
import os, sys
with open("statements", "a") as file:
    file.write(sys.argv[2] + "\\n")
sys.exit(os.environ.get("REFUSES") if "CREATE" in sys.argv[2] else 0)
"""


@pytest.fixture
def server(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> Tools:
    """A server of databases, and copies that keep their items there."""
    tools.answers = {"database": "postgresql"}
    install = tools.install

    def with_python(folder: Path, *options: str, extra: Mapping[str, str]) -> None:
        install(folder, *options, extra=extra)
        python = folder / ".venv" / "bin" / "python"
        python.parent.mkdir()
        python.write_text(f"#!{sys.executable}\n{PYTHON}")
        python.chmod(0o755)

    monkeypatch.setattr(uv, "install", with_python)
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@h:5/admin?x=1")
    return tools


@pytest.mark.parametrize(("database", "force"), [("postgresql", " WITH (FORCE)"), ("mysql", "")])
def test_databases_on_a_server_are_made_and_dropped(
    server: Tools, template: Template, database: str, force: str
) -> None:
    server.answers = {"database": database}
    found = made(template)
    names = [copy.settings["DATABASE_URL"].split("/")[-1].split("?")[0] for copy in found.values()]
    assert [name.rpartition("_")[2] for name in names] == ["fastapi", "flask"]
    assert found["flask"].settings["DATABASE_URL"] == f"postgresql://u:p@h:5/{names[1]}?x=1"
    statements = (found["flask"].folder / "statements").read_text().splitlines()
    assert statements == [
        f"CREATE DATABASE {names[0]}",
        f"CREATE DATABASE {names[1]}",
        f"DROP DATABASE IF EXISTS {names[1]}{force}",
        f"DROP DATABASE IF EXISTS {names[0]}{force}",
    ]


def test_a_database_that_the_server_refuses_is_told_and_not_dropped(
    server: Tools, template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFUSES", "first line\npermission denied")
    with pytest.raises(ScaffoldError) as caught:
        made(template)
    assert caught.value.message == (
        "CREATE DATABASE failed on the server of DATABASE_URL: permission denied"
    )
    assert caught.value.hint == "the user in it must be allowed to create databases"
    statements = (template.workspace / "flask-service" / "statements").read_text()
    assert "DROP" not in statements


def test_databases_are_dropped_where_a_migration_fails(server: Tools, template: Template) -> None:
    server.code = 1
    with pytest.raises(ScaffoldError):
        made(template)
    statements = (template.workspace / "flask-service" / "statements").read_text().splitlines()
    assert [statement.split()[0] for statement in statements] == ["CREATE", "DROP"]


@pytest.mark.parametrize("path", sorted(PROBE_ROUTES.glob("*.py")), ids=lambda path: path.name)
def test_what_is_added_is_python_that_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
