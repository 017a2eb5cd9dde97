"""A project is checked as its developers would, and each step says how it went."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scaffold.console import Console
from scaffold.new import verify
from scaffold.new.plan import Check
from scaffold.new.verify import verify_project
from scaffold.project import service, uv

# A service that answers /readyz with what the test wants, from the file beside it.
SERVE = """
import http.server, json, os, signal, sys
plan = json.load(open("plan.json"))
print("hello from", os.environ["ENVIRONMENT"], os.environ["HOST"], os.environ.get("DATABASE_URL"))
if "exit" in plan:
    sys.exit(plan["exit"])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        assert self.path == "/readyz"
        if plan.get("hang_up"):
            os._exit(3)
        status, body = plan["answers"].pop(0) if len(plan["answers"]) > 1 else plan["answers"][0]
        body = body if isinstance(body, str) else json.dumps(body)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())
    def log_message(self, *_):
        pass
signal.signal(signal.SIGTERM, lambda *_: None if plan.get("stubborn") else sys.exit(0))
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "_SETTLE_SECONDS", 0.3)


class Tasks:
    """The project's tasks, which end as the test wants."""

    def __init__(self, codes: Mapping[str, int]) -> None:
        self.codes = codes
        self.ran: list[tuple[tuple[str, ...], Mapping[str, str]]] = []

    def __call__(
        self, project: Path, *command: str, extra: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        self.ran.append((command, extra or {}))
        code = self.codes.get(command[-1], 0)
        return subprocess.CompletedProcess(command, code, f"{command[-1]} said something\n")


def check(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    plan: dict[str, Any],
    codes: Mapping[str, int] | None = None,
    *,
    migrates: bool = False,
    answers: Mapping[str, Any] | None = None,
) -> tuple[Check, Tasks]:
    tasks = Tasks(codes or {})
    monkeypatch.setattr(uv, "run", tasks)
    binaries = folder / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "serve").write_text(f"#!{sys.executable}\n{SERVE}")
    (binaries / "serve").chmod(0o755)
    (folder / "plan.json").write_text(json.dumps(plan))
    (folder / "Dockerfile").write_text('CMD ["serve"]\n')
    (folder / "pyproject.toml").write_text(
        "[tool.poe.tasks]\nmigrate = 'x'\n" if migrates else "[project]\nname = 'x'\n"
    )
    return verify_project(folder, answers or {}, Console()), tasks


READY = {"answers": [[200, {"status": "ok"}]]}


def test_a_good_project_passes_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, tasks = check(tmp_path, monkeypatch, READY)
    assert made.steps == {
        "lint": "passed",
        "test": "passed",
        "start": "passed",
        "readyz": "passed: 200 ok",
    }
    assert made.passed
    assert made.ready
    assert made.readyz == {"status": "ok"}
    assert made.log == ""
    assert [command for command, _ in tasks.ran] == [("poe", "lint"), ("poe", "test")]


def test_a_step_that_fails_is_told_with_the_end_of_its_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = check(tmp_path, monkeypatch, READY, {"lint": 1, "test": 5})
    assert (made.steps["lint"], made.steps["test"]) == (
        "failed: exit code 1",
        "failed: exit code 5",
    )
    assert made.log == (
        "uv run poe lint\nlint said something\n\nuv run poe test\ntest said something"
    )
    assert made.ready
    assert not made.passed


def test_a_project_with_migrations_runs_them_on_a_database_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, tasks = check(tmp_path, monkeypatch, READY, migrates=True, answers={"database": "sqlite"})
    assert list(made.steps) == ["lint", "test", "migrate", "start", "readyz"]
    assert made.steps["migrate"] == "passed"
    command, settings = tasks.ran[-1]
    assert command == ("poe", "migrate")
    assert settings["DATABASE_URL"].startswith("sqlite:///")
    assert not settings["DATABASE_URL"].startswith(f"sqlite:///{tmp_path}")
    assert settings["ENVIRONMENT"] == "development"


def test_a_migration_that_fails_fails_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = check(tmp_path, monkeypatch, READY, {"migrate": 1}, migrates=True)
    assert made.steps["migrate"] == "failed: exit code 1"
    assert made.log == "uv run poe migrate\nmigrate said something"


def test_without_a_server_a_migration_is_skipped_and_the_check_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"checks": {"database": "unavailable", "model": "ok"}}
    made, _ = check(
        tmp_path, monkeypatch, {"answers": [[503, body]]}, {"migrate": 1}, migrates=True
    )
    assert made.steps["migrate"] == "skipped: the database is not available"
    assert made.steps["readyz"] == "warning: answers, not ready: database unavailable"
    assert made.passed
    assert not made.ready


def test_a_service_may_take_its_time_to_be_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_SETTLE_SECONDS", 20)
    made, _ = check(tmp_path, monkeypatch, {"answers": [[503, {}], [503, {}], [200, {}]]})
    assert made.ready
    assert made.steps["readyz"] == "passed: 200"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([503, {}], "warning: answers, not ready: no part named unavailable"),
        ([503, "no json"], "warning: answers, not ready: no part named unavailable"),
        ([500, {"detail": "x"}], "failed: answered 500"),
        ([404, "[]"], "failed: answered 404"),
        ([200, "[1]"], "passed: 200"),
    ],
)
def test_each_answer_has_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: list[Any], said: str
) -> None:
    made, _ = check(tmp_path, monkeypatch, {"answers": [answer]})
    assert made.steps["start"] == "passed"
    assert made.steps["readyz"] == said
    assert made.passed is not said.startswith("failed")


@pytest.mark.parametrize("plan", [{"exit": 3}, {"hang_up": True, "answers": [[200, {}]]}])
def test_a_service_that_ends_is_told_with_the_end_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plan: dict[str, Any]
) -> None:
    made, _ = check(tmp_path, monkeypatch, plan)
    assert made.steps["start"] == "failed: it ended with exit code 3"
    assert "readyz" not in made.steps
    assert made.readyz is None
    assert not made.ready
    if "exit" in plan:
        assert made.log == "service\nhello from development 127.0.0.1 None"


def test_a_service_that_never_answers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_START_SECONDS", 0)
    made, _ = check(tmp_path, monkeypatch, READY)
    assert made.steps["start"] == "failed: no answer on /readyz within 0 s"


def test_a_service_that_does_not_stop_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "STOP_SECONDS", 0.2)
    made, _ = check(tmp_path, monkeypatch, {**READY, "stubborn": True})
    assert made.steps["start"] == "failed: it did not stop within 0.2 s of SIGTERM"


def test_a_project_without_a_dockerfile_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uv, "run", Tasks({}))
    (tmp_path / "pyproject.toml").write_text("")
    made = verify_project(tmp_path, {}, Console())
    assert made.steps["start"] == "failed: the project has no Dockerfile"
