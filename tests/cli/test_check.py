"""`--check` believes nothing but what it saw."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.cli.conftest import HEEDING, Cli, Repository
from tests.support.combinations import FRAMEWORKS
from tests.support.projects import Projects

PYPROJECT = """\
[project]
name = "{{ project_name }}"
version = "0.1.0"
requires-python = ">=3.11"

[dependency-groups]
dev = ["poethepoet"]

[tool.uv]
package = false

[tool.poe.tasks]
lint = "%(lint)s"
test = "%(test)s"
migrate = "%(migrate)s"
"""

# A service of the standard library; it writes down how it was started and when it stopped.
SERVICE = """\
import json, os, signal, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

names = ("HOST", "PORT", "ENVIRONMENT", "WEB_CONCURRENCY", "DATABASE_URL", "VIRTUAL_ENV")
record = open(os.environ["RECORD"], "a")
print(json.dumps({name: os.environ.get(name) for name in names}), file=record, flush=True)

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(%(body)r).encode()
        self.send_response(%(status)d if self.path == "/readyz" else 404)
        self.end_headers()
        self.wfile.write(body)

def stop(*_):
    print("stopped", file=record, flush=True)
    sys.exit(0)

signal.signal(signal.SIGTERM, stop)
%(before)s
HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""
OK = {"status": "ok", "checks": {"database": "ok"}}
UNAVAILABLE = {"status": "unavailable", "checks": {"database": "unavailable"}}
DOCKERFILE = (
    'FROM python\nCMD ["python", "-c", "build"]\nFROM python\nCMD ["python", "-m", "app"]\n'
)


@cache
def user_cache() -> str:
    """The cache of whoever runs the tests, so that nothing is downloaded twice."""
    done = subprocess.run(["uv", "cache", "dir"], capture_output=True, text=True, check=True)  # noqa: S607
    return done.stdout.strip()


@pytest.fixture
def online(cli: Cli, tmp_path: Path) -> Cli:
    """The tool where packages can be had."""
    del cli.env["UV_OFFLINE"]
    cli.env.update(UV_CACHE_DIR=user_cache(), RECORD=str(tmp_path / "record"))
    cli.env.update({name: value for name, value in os.environ.items() if name.startswith("UV_")})
    return cli


def service(
    template: Repository,
    *,
    status: int = 200,
    body: object = OK,
    before: str = "",
    dockerfile: str = DOCKERFILE,
    tasks: Mapping[str, str] = MappingProxyType({}),
) -> None:
    commands = {"lint": "python -V", "test": "python -V", "migrate": "python -V", **tasks}
    template.commit(
        {
            "template/pyproject.toml.jinja": PYPROJECT % commands,
            "template/app/__main__.py": SERVICE
            % {"status": status, "body": body, "before": before},
            "template/Dockerfile": dockerfile,
            "template/.gitignore": ".venv/\n__pycache__/\n",
        }
    )


def record(cli: Cli) -> str:
    return Path(cli.env["RECORD"]).read_text()


def test_a_good_project_is_linted_tested_started_asked_and_stopped(
    online: Cli, template: Repository
) -> None:
    service(template)
    ran = online.run("new", "api", "--yes", "--check", "--json")
    assert ran.code == 0, ran.out
    assert ran.json["check"]["steps"] == {
        "lint": "passed",
        "test": "passed",
        "migrate": "passed",
        "start": "passed",
        "readyz": "passed: 200 ok",
    }
    assert ran.json["check"]["readyz"] == OK
    assert ran.json["check"]["ready"] is True
    started, stopped = record(online).splitlines()
    for words in (
        '"HOST": "127.0.0.1"',
        '"ENVIRONMENT": "development"',
        '"WEB_CONCURRENCY": "1"',
        '"DATABASE_URL": "sqlite:////',
        '"VIRTUAL_ENV": null',
    ):
        assert words in started
    assert stopped == "stopped"
    assert Repository(online.cwd / "api").git("status", "--porcelain") == "", "no stray files"


@pytest.mark.parametrize("task", ["lint", "test", "migrate"])
def test_a_failing_task_fails_the_check_and_shows_its_output(
    online: Cli, template: Repository, task: str
) -> None:
    service(template, tasks={task: "python no_such_file.py"})
    ran = online.run("new", "api", "--yes", "--check")
    assert ran.code == 1
    assert f"{task:<8}  failed: exit code 2" in ran.out
    assert "no_such_file.py" in ran.err
    assert (online.cwd / "api" / "README.md").is_file()


def test_a_service_that_does_not_start_fails_with_its_log(
    online: Cli, template: Repository
) -> None:
    service(template, before="sys.exit('JWT_SECRET is missing')")
    ran = online.run("new", "api", "--yes", "--check")
    assert ran.code == 1
    assert "start     failed: it ended with exit code 1" in ran.out
    assert "JWT_SECRET is missing" in ran.err


def test_a_service_without_its_database_server_is_a_warning(
    online: Cli, template: Repository
) -> None:
    service(
        template, status=503, body=UNAVAILABLE, tasks={"migrate": "python -c 'import no_server'"}
    )
    theirs = "postgresql://nowhere/app"
    args = ("new", "api", "--yes", "--check", "--database=postgresql", "--json")
    ran = online.run(*args, DATABASE_URL=theirs)
    assert ran.code == 0, ran.out
    check = ran.json["check"]
    assert check["ready"] is False
    assert check["steps"]["migrate"] == "skipped: the database is not available"
    assert check["steps"]["readyz"] == "warning: answers, not ready: database unavailable"
    assert theirs in record(online)


def test_an_answer_that_is_no_readiness_fails(online: Cli, template: Repository) -> None:
    service(template, status=500, body="oops")
    ran = online.run("new", "api", "--yes", "--check")
    assert ran.code == 1
    assert "readyz    failed: answered 500" in ran.out


@pytest.mark.parametrize("dockerfile", ["FROM python\n", "FROM x\nCMD python -m app\n"])
def test_an_image_without_exec_form_command_fails(
    online: Cli, template: Repository, dockerfile: str
) -> None:
    service(template, dockerfile=dockerfile)
    ran = online.run("new", "api", "--yes", "--check")
    assert ran.code == 1
    assert "exec-form CMD" in ran.out


def test_check_without_install_is_wrong_usage(cli: Cli) -> None:
    message = cli.refused("api", "--yes", "--check")
    assert "--check" in message
    assert "--no-install" in message


# A signal comes while the process is there and nobody has got hold of it yet.
INTERRUPTED_AT_THE_WORST = """
import os, pathlib, signal, subprocess
from scaffold.project import service

class Popen(subprocess.Popen):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        print(self.pid, flush=True)
        os.kill(os.getpid(), signal.SIGINT)
        len("the signal is noticed at a call")

subprocess.Popen = Popen
with service.running(pathlib.Path("."), {}, open("log", "w")):
    print("went on")
"""


def test_a_service_that_starts_when_the_tool_is_interrupted_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text('CMD ["sleep", "600"]\n')
    command = [*HEEDING, sys.executable, "-c", INTERRUPTED_AT_THE_WORST]
    done = subprocess.run(  # noqa: S603 - the tool itself
        command, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "KeyboardInterrupt" in done.stderr
    process = int(done.stdout)  # and nothing else was printed
    with pytest.raises(ProcessLookupError):
        os.kill(process, signal.SIGTERM)


# Of one framework: each one's tasks and its start are tested with every other service.
def test_the_real_template_passes_its_check(
    online: Cli, projects: Projects, tmp_path: Path
) -> None:
    framework = FRAMEWORKS[0]
    mypy_cache = str(projects.mypy_cache(framework, tmp_path / "mypy-cache"))
    answers = ("--auth=jwt", f"--framework={framework}", f"--template={projects.template()}")
    command = ("new", "api", "--yes", "--check", "--json", *answers)
    ran = online.run(*command, MYPY_CACHE_DIR=mypy_cache)
    assert ran.code == 0, ran.out
    assert ran.json["check"]["ready"] is True
    assert Repository(online.cwd / "api").git("status", "--porcelain") == ""
