"""Does the new project keep its promises? Its own lint and tests, and one start of the service."""

import http.client
import json
import signal
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scaffold.console import Console
from scaffold.errors import ScaffoldError
from scaffold.new.plan import Check
from scaffold.project import service, uv
from scaffold.template.questions import Answers

_START_SECONDS = 30
_SETTLE_SECONDS = 3  # a service that answers 503 may still be waking up


@dataclass(frozen=True)
class _Readyz:
    """What `/readyz` said, and how the service ended."""

    status: int
    body: Mapping[str, Any]


def verify_project(project: Path, answers: Answers, console: Console) -> Check:
    """Run the project's checks as its developers would."""
    steps: dict[str, str] = {}
    logs: list[str] = []
    for task in ("lint", "test"):
        with console.step(f"uv run poe {task}"):
            done = uv.run(project, "poe", task)
        steps[task] = "passed" if done.returncode == 0 else f"failed: exit code {done.returncode}"
        if done.returncode:
            logs.append(f"uv run poe {task}\n{service.tail(done.stdout)}")
    with tempfile.TemporaryDirectory(prefix="scaffold-", ignore_cleanup_errors=True) as folder:
        answer = _start(project, answers, Path(folder), console, steps, logs)
    return Check(
        steps=steps,
        ready=answer is not None and answer.status == 200,
        readyz=answer.body if answer else None,
        log="\n\n".join(logs),
    )


def _start(
    project: Path,
    answers: Answers,
    folder: Path,
    console: Console,
    steps: dict[str, str],
    logs: list[str],
) -> _Readyz | None:
    """Start the service once as its image does, on a database of its own where it brings one."""
    settings = {"ENVIRONMENT": "development", "HOST": "127.0.0.1", "WEB_CONCURRENCY": "1"}
    if answers.get("database") == "sqlite":
        settings["DATABASE_URL"] = f"sqlite:///{folder / 'check.db'}"
    migration = None
    if "migrate" in _tasks(project):
        with console.step("uv run poe migrate"):
            migration = uv.run(project, "poe", "migrate", extra=settings)
        steps["migrate"] = "passed"
    answer = None
    try:
        with console.step("Starting the service"):
            answer = _ask_readyz(project, settings, folder / "service.log")
    except ScaffoldError as error:
        steps["start"] = f"failed: {error.message}"
        logs.append(f"service\n{error.hint}")
    if answer:
        steps["start"] = "passed"
        steps["readyz"] = _readyz_result(answer)
    if migration and migration.returncode:
        if answer and answer.body.get("checks", {}).get("database") == "unavailable":
            steps["migrate"] = "skipped: the database is not available"
        else:
            steps["migrate"] = f"failed: exit code {migration.returncode}"
            logs.append(f"uv run poe migrate\n{service.tail(migration.stdout)}")
    return answer


def _readyz_result(answer: _Readyz) -> str:
    if answer.status == 200:
        return f"passed: 200 {answer.body.get('status', '')}".rstrip()
    if answer.status == 503:
        checks = answer.body.get("checks", {})
        missing = [name for name, state in checks.items() if state != "ok"]
        return f"warning: answers, not ready: {', '.join(missing) or 'no part named'} unavailable"
    return f"failed: answered {answer.status}"


def _ask_readyz(project: Path, settings: Mapping[str, str], log: Path) -> _Readyz:
    """Start, ask until there is an answer that lasts, stop; raises with the log's end as hint."""
    port = service.free_port()
    with log.open("w+", encoding="utf-8", errors="replace") as output:
        with service.running(project, {**settings, "PORT": str(port)}, output) as process:
            answer = _poll(process, port)
        output.seek(0)
        written = output.read()
    if answer is None and process.returncode not in (0, -signal.SIGTERM, -signal.SIGKILL):
        raise ScaffoldError(f"it ended with exit code {process.returncode}", service.tail(written))
    if answer is None:
        raise ScaffoldError(
            f"no answer on /readyz within {_START_SECONDS} s", service.tail(written)
        )
    if process.returncode == -signal.SIGKILL:
        raise ScaffoldError(
            f"it did not stop within {service.STOP_SECONDS} s of SIGTERM", service.tail(written)
        )
    return answer


def _poll(process: subprocess.Popen[str], port: int) -> _Readyz | None:
    """The answer of `/readyz`, or nothing when the process ended or time ran out."""
    deadline = time.monotonic() + _START_SECONDS
    settled = None
    while time.monotonic() < deadline and process.poll() is None:
        answer = _get_readyz(port)
        if answer and answer.status != 503:
            return answer
        if answer:
            settled = settled or time.monotonic() + _SETTLE_SECONDS
            if time.monotonic() >= settled:
                return answer
        time.sleep(0.1)
    return None


def _get_readyz(port: int) -> _Readyz | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        body = json.loads(response.read())
    except (OSError, http.client.HTTPException):
        return None
    except ValueError:
        body = None
    finally:
        connection.close()
    return _Readyz(response.status, body if isinstance(body, dict) else {})


def _tasks(project: Path) -> Mapping[str, Any]:
    settings = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    tasks: Mapping[str, Any] = settings.get("tool", {}).get("poe", {}).get("tasks", {})
    return tasks
