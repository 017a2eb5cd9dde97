"""A template small enough to render in no time, and the tool as its users start it."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pexpect
import pytest
from copier._main import Worker
from plumbum import local

from tests.support import in_process

COPIER_YML = r"""
_subdirectory: template
_exclude: ["{{ '/auth.py' if auth == 'none' }}"]
project_name:
  type: str
  default: my-service
  help: Project name
  validator: "{% if not project_name | regex_search('^[a-z][a-z0-9-]*$') %}Use lower-case letters.{% endif %}"
description:
  type: str
  default: A web service.
  help: What it is for
author:
  type: str
  default: ""
  help: Who owns it
  validator: "{% if '<' in author %}Use no angle brackets.{% endif %}"
framework:
  type: str
  help: Which framework
  default: fastapi
  choices: {"FastAPI: choose if async": fastapi, "Flask: choose if sync": flask}
database:
  type: str
  help: Which database
  default: sqlite
  choices: [sqlite, postgresql, none]
auth:
  type: str
  help: How users sign in
  default: none
  choices: [none, jwt]
  when: "{{ database != 'none' }}"
websockets:
  type: bool
  help: Rooms for clients
  default: false
ml:
  type: bool
  help: Predictions of a model
  default: false
workers:
  type: int
  help: How many workers
  default: 2
  validator: "{% if workers < 1 %}At least one.{% endif %}"
docs:
  type: bool
  help: Serve the documentation
  default: true
derived:
  when: false
  default: "{{ project_name }}-derived"
secret_settings:
  type: yaml
  when: false
  default: "{{ ['JWT_SECRET', 'COOKIE_SECRET'] if auth == 'jwt' else [] }}"
"""

FILES = {
    "copier.yml": COPIER_YML,
    "template/{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers|to_nice_yaml }}",
    "template/README.md.jinja": "# {{ project_name }}\n\n{{ description }} {{ derived }}\n",
    "template/app/main.py": "print('hello')\n",
    "template/auth.py": "",
    "template/.env.example": "PORT=8000\n",
    "template/.gitignore": ".env\n",
}

PATIENCE = 300  # seconds that no step takes, on whatever machine
# Signals do what they do in a terminal, also where the tests run under nohup or in the background.
HEEDING = ("env", "--default-signal=INT,HUP")
OUR_VARIABLES = ("SCAFFOLD_", "GIT_", "XDG_", "UV_", "VIRTUAL_ENV", "COVERAGE_")


@dataclass(frozen=True)
class Ran:
    """How a run of the tool ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Repository:
    """A git repository under test."""

    path: Path

    def git(self, *args: str) -> str:
        env = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        who = ("-c", "user.name=Tess", "-c", "user.email=tess@example.com")
        done = subprocess.run(  # noqa: S603 - commands of the tests themselves
            ["git", *who, *args],  # noqa: S607
            cwd=self.path,
            env=env,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str]) -> str:
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "-m", "Change")
        return self.git("rev-parse", "HEAD")


def make_repository(path: Path, files: Mapping[str, str]) -> Repository:
    """A repository with one commit."""
    path.mkdir(parents=True)
    repository = Repository(path)
    repository.git("init", "--quiet", "--initial-branch=main")
    repository.commit(files)
    return repository


class Gate:
    """A file that a process cannot read to its end before a test lets it: there it waits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)

    @contextmanager
    def reached(self, process: subprocess.Popen[Any]) -> Iterator[None]:
        """Hold a process for as long as the block takes."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                descriptor = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:  # nobody reads it yet
                assert process.poll() is None, f"ended with {process.returncode} on the way"
                assert time.monotonic() < deadline, f"{self.path} was not reached"
                time.sleep(0.01)
            else:
                break
        try:
            yield
        finally:
            os.close(descriptor)


class Cli:
    """The tool in a folder of its own, with a user of its own."""

    def __init__(self, cwd: Path, home: Path) -> None:
        self.cwd = cwd
        self.home = home
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(OUR_VARIABLES)}
        (home / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.com\n")
        self.env = {
            **inherited,
            "HOME": str(home),
            "TMPDIR": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CEILING_DIRECTORIES": str(cwd.parent),
            "UV_OFFLINE": "1",
            "UV_CACHE_DIR": str(home / "uv-cache"),
        }

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "scaffold", *args]

    def run(self, *args: str, stdin: str = "", **env: str) -> Ran:
        """Run the tool in this process; that is all the same, and takes a tenth of the time."""
        return self._ran(*in_process.run(args, self.cwd, {**self.env, **env}, stdin))

    def process(self, *args: str, stdin: str = "", **env: str) -> Ran:
        """Run the tool as its users do, in a process of its own."""
        done = subprocess.run(  # noqa: S603 - the tool itself
            self.command(*args),
            cwd=self.cwd,
            env={**self.env, **env},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return self._ran(done.returncode, done.stdout, done.stderr)

    @staticmethod
    def _ran(code: int, out: str, err: str) -> Ran:
        assert "Traceback" not in err, err
        return Ran(code, out, err)

    def new(self, *args: str, **env: str) -> Ran:
        """Create a project without waiting for uv."""
        return self.run("new", *args, "--no-install", **env)

    def imported(self, *args: str) -> set[str]:
        """The packages that a run of the tool imports."""
        done = subprocess.run(  # noqa: S603 - the tool itself
            [sys.executable, "-X", "importtime", *self.command(*args)[1:]],
            cwd=self.cwd,
            env=self.env,
            capture_output=True,
            text=True,
            check=True,
        )
        lines = done.stderr.splitlines()
        return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}

    def terminal(self, *args: str, **env: str) -> pexpect.spawn[str]:
        command = self.command(*args)
        return pexpect.spawn(
            command[0],
            command[1:],
            cwd=str(self.cwd),
            env={**self.env, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", **env},
            encoding="utf-8",
            dimensions=(40, 100),
            timeout=PATIENCE,
        )

    def refused(self, *args: str, **env: str) -> str:
        """The message of a run that must be wrong usage, and must leave nothing behind."""
        before = sorted(self.cwd.rglob("*"))
        ran = self.new(*args, **env)
        assert (ran.code, ran.out) == (2, ""), ran
        assert sorted(self.cwd.rglob("*")) == before
        return ran.err


@pytest.fixture(autouse=True)
def nothing_leaks() -> Iterator[None]:
    """A test that calls the tool in this process leaves the process to the next one as it was."""
    before = of_the_process()
    yield
    assert of_the_process() == before


def of_the_process() -> dict[str, object]:
    """What a run of the tool may change for all that come after it."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"}
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
    return {
        "folder": os.getcwd(),
        "environment": environment,
        "environment of Copier's git": local.env.getdict(),
        "signals": [signal.getsignal(number) for number in numbers],
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "arguments": list(sys.argv),
        "temporary files": tempfile.gettempdir(),
        "Copier": Worker._sync_git_index_executable_bit,
        "collector": gc.isenabled(),
    }


@pytest.fixture(scope="session")
def small_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small template, of which each test gets a copy."""
    return make_repository(tmp_path_factory.mktemp("small") / "template", FILES).path


@pytest.fixture
def template(small_template: Path, tmp_path: Path) -> Repository:
    return Repository(shutil.copytree(small_template, tmp_path / "template"))


@pytest.fixture
def bare_cli(tmp_path: Path) -> Cli:
    """The tool where no template is named."""
    (tmp_path / "work").mkdir()
    (tmp_path / "home").mkdir()
    return Cli(tmp_path / "work", tmp_path / "home")


@pytest.fixture
def cli(bare_cli: Cli, template: Repository) -> Cli:
    """The tool where the small template is the user's default."""
    bare_cli.env["SCAFFOLD_TEMPLATE"] = str(template.path)
    return bare_cli
