"""The environment of the new project: locked, installed, and never in the way of creating it."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.conftest import HEEDING, PATIENCE, Cli, Gate, Repository, make_repository

PYPROJECT = """\
[project]
name = "{{ project_name }}"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = [%s]

[tool.uv]
package = false
"""

# The project is built when it is installed, by a module of its own; locking builds nothing.
BUILD_SYSTEM = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def with_dependencies(template: Repository, *names: str) -> None:
    dependencies = ", ".join(f'"{name}"' for name in names)
    template.commit(
        {
            "template/pyproject.toml.jinja": PYPROJECT % dependencies,
            "template/.gitignore": ".venv/\n",
        }
    )


def test_the_lock_is_part_of_the_first_commit_and_the_environment_is_made(
    cli: Cli, template: Repository
) -> None:
    with_dependencies(template)
    ran = cli.run("new", "api", "--yes", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["skipped"] == []
    assert ran.json["next"] == ["cd api", "uv run poe dev"]
    assert "uv.lock" in ran.json["files"]
    project = Repository(cli.cwd / "api")
    assert "uv.lock" in project.git("ls-files").split()
    assert project.git("status", "--porcelain") == ""
    assert (project.path / ".venv" / "pyvenv.cfg").is_file()


WORKSPACE = """\
[project]
name = "mono"
version = "0"
requires-python = ">=3.11"
[tool.uv.workspace]
members = ["services/*"]
"""


@pytest.mark.parametrize("excluded", [False, True])
def test_a_uv_workspace_around_the_project_stays_as_it_is(
    cli: Cli, template: Repository, excluded: bool
) -> None:
    with_dependencies(template)
    exclude = 'exclude = ["services/api"]\n' if excluded else ""
    files = {"pyproject.toml": WORKSPACE + exclude, "uv.lock": "theirs", ".gitignore": ".venv"}
    around = make_repository(cli.cwd / "mono", files)
    ran = cli.run("new", "mono/services/api", "--yes", "--json")
    assert ran.code == 0, ran.err
    assert around.git("status", "--porcelain") == "?? services/"
    assert not (around.path / ".venv").exists()
    project = around.path / "services" / "api"
    assert (project / "uv.lock").is_file(), "for its image"
    assert (project / ".venv").exists() == excluded
    assert [step["step"] for step in ran.json["skipped"]] == ([] if excluded else ["install"])
    sync = [step["command"] for step in ran.json["skipped"]]
    assert ran.json["next"] == ["cd mono/services/api", *sync, "uv run poe dev"]


def test_no_install_makes_neither_lock_nor_environment(cli: Cli, template: Repository) -> None:
    with_dependencies(template)
    assert cli.new("api", "--yes").code == 0
    assert not (cli.cwd / "api" / "uv.lock").exists()
    assert not (cli.cwd / "api" / ".venv").exists()


@pytest.mark.parametrize(
    "network",
    [{}, {"UV_OFFLINE": "0", "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple"}],
    ids=["offline", "unreachable"],
)
def test_with_no_network_and_a_cold_cache_the_project_is_created(
    cli: Cli, template: Repository, network: dict[str, str]
) -> None:
    with_dependencies(template, "fastapi")
    ran = cli.run("new", "api", "--yes", "--json", **network)
    assert ran.code == 0, ran.err
    assert [(step["step"], step["command"]) for step in ran.json["skipped"]] == [
        ("lock", "uv lock"),
        ("install", "uv sync"),
    ]
    assert "fastapi" in ran.json["skipped"][0]["reason"]
    assert ran.json["next"] == ["cd api", "uv sync", "uv run poe dev"]
    assert Repository(cli.cwd / "api").git("status", "--porcelain") == ""


def test_what_was_skipped_is_said_with_the_reason_and_the_command(
    cli: Cli, template: Repository
) -> None:
    with_dependencies(template, "fastapi")
    out = cli.run("new", "api", "--yes").out
    assert "Skipped: lock, because " in out
    assert "later: uv lock" in out


def test_a_check_that_could_not_be_made_is_a_failure(cli: Cli, template: Repository) -> None:
    with_dependencies(template, "fastapi")
    ran = cli.run("new", "api", "--yes", "--check", "--json")
    assert ran.code == 1
    assert ran.json["status"] == "created"
    assert ran.json["check"]["passed"] is False
    assert "not installed" in ran.json["check"]["steps"]["lint"]


def test_what_this_process_runs_in_does_not_reach_the_new_project(
    cli: Cli, template: Repository, tmp_path: Path
) -> None:
    with_dependencies(template)
    ran = cli.run(
        "new",
        "api",
        "--yes",
        "--json",
        VIRTUAL_ENV=str(tmp_path / "elsewhere"),
        UV_PROJECT_ENVIRONMENT=str(tmp_path / "elsewhere"),
        UV_PROJECT=str(tmp_path),
        UV_FROZEN="1",
        UV_NO_SYNC="1",
    )
    assert ran.json["skipped"] == []
    assert (cli.cwd / "api" / ".venv" / "pyvenv.cfg").is_file()
    assert not (tmp_path / "elsewhere").exists()


def test_the_python_that_the_user_chose_is_kept(cli: Cli, template: Repository) -> None:
    with_dependencies(template)
    cli.run("new", "api", "--yes", UV_PYTHON=sys.executable)
    home = (cli.cwd / "api" / ".venv" / "pyvenv.cfg").read_text()
    assert str(Path(sys.executable).resolve().parent) in home


def test_an_interrupt_while_installing_keeps_the_project_and_says_so(
    cli: Cli, template: Repository, tmp_path: Path
) -> None:
    gate = Gate(tmp_path / "gate")
    pyproject = f"{PYPROJECT % ''}package = true\n{BUILD_SYSTEM}".replace("package = false\n", "")
    template.commit(
        {
            "template/pyproject.toml.jinja": pyproject,
            "template/backend.py": f"open({str(gate.path)!r}).read()\n",
            "template/.gitignore": ".venv/\n__pycache__/\n",
        }
    )
    process = subprocess.Popen(  # noqa: S603 - the tool itself
        [*HEEDING, *cli.command("new", "api", "--yes")],
        cwd=cli.cwd,
        env=cli.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        with gate.reached(process):
            os.killpg(process.pid, signal.SIGINT)
            message = process.communicate(timeout=PATIENCE)[1]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 130
    assert f"interrupted, but {cli.cwd / 'api'} was created" in message
    assert Repository(cli.cwd / "api").git("status", "--porcelain") == ""
