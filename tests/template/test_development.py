"""`uv run poe dev`: migrated, reloading, readable, where the settings say, and ended as a whole."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest
from uv import find_uv_bin

from tests.support import environment
from tests.support import projects as support
from tests.support.combinations import Combination
from tests.support.projects import Projects
from tests.support.services import PATIENCE_SECONDS, eventually, free_port

FRAMEWORKS = [
    # What a module shares, one worker has.
    pytest.param(name, marks=pytest.mark.xdist_group(f"development-{name}"))
    for name in ("fastapi", "flask")
]
pytestmark = pytest.mark.parametrize("framework", FRAMEWORKS, scope="module", indirect=True)
ROOT = '    app.get("/")(lambda: "mine")\n    return app\n'


@dataclass
class Development:
    """A project with `poe dev` running in it."""

    project: Path
    process: subprocess.Popen[bytes]
    port: int
    output: Path

    @property
    def lines(self) -> list[str]:
        """What it has written so far."""
        return self.output.read_text().splitlines()

    def get(self, path: str) -> httpx.Response | None:
        """Ask the service; nothing where nobody answers."""
        with suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False)
        return None

    def processes(self) -> list[int]:
        """All that runs in the project."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.cwd() == str(self.project) and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process.pid)
        return found


@pytest.fixture(scope="module")
def framework(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def developed(
    framework: str, projects: Projects, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Development]:
    """The project while it is being developed; the last test ends it."""
    folder = tmp_path_factory.mktemp(framework)
    project = support.copy(projects.installed(Combination(framework, "sqlite")), folder / "project")
    (project / ".env").write_text("HOST=127.0.0.1\nWEB_CONCURRENCY=3\n")
    port = free_port()
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - the project's own command
            [find_uv_bin(), "run", "poe", "dev"],
            cwd=project,
            env=environment.for_tools() | {"PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    yield Development(project, process, port, folder / "output")
    process.terminate()
    process.wait(PATIENCE_SECONDS)


def test_it_serves_a_migrated_database_where_the_settings_say(developed: Development) -> None:
    def is_ready() -> bool:
        assert developed.process.poll() is None, developed.lines
        answer = developed.get("/readyz")
        return answer is not None and answer.status_code == 200

    eventually(is_ready, PATIENCE_SECONDS, "the service is not ready")
    response = developed.get("/api/v1/items")
    assert response
    assert response.json() == {"items": [], "next_cursor": None}
    # It is not taken for production.
    assert "Strict-Transport-Security" not in response.headers


def test_it_says_once_where_it_is_and_where_its_settings_come_from(developed: Development) -> None:
    url = f"http://127.0.0.1:{developed.port}"
    assert [line for line in developed.lines if url in line] == [
        f"  Documentation  {url}/docs",
        f"  Service        {url}",
    ]
    (settings,) = (line for line in developed.lines if line.startswith("  Settings"))
    assert "PORT from the environment; HOST from .env" in settings


def test_a_request_is_one_line_that_people_can_read(developed: Development) -> None:
    developed.get("/nothing")

    def logged() -> list[str]:
        return [line for line in developed.lines if "/nothing" in line]

    eventually(lambda: bool(logged()), PATIENCE_SECONDS, "the request is not logged")
    (line,) = logged()
    assert re.fullmatch(
        r"[\d-]+ [\d:.]+ INFO app\.middleware: request method=GET path=/nothing status=404 "
        r"duration_ms=[\d.]+ request_id=\w+",
        line,
    )


def test_a_port_that_is_taken_is_one_line_that_names_another(developed: Development) -> None:
    done = subprocess.run(  # noqa: S603 - the project's own command
        [str(developed.project / ".venv/bin/python"), "-m", "app.server.development"],
        check=False,
        cwd=developed.project,
        env=environment.for_service("") | {"PORT": str(developed.port)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"PORT: another program listens on port {developed.port}",
        f"hint: end it, or take another port: PORT={developed.port + 1} uv run poe dev",
    ]


def test_an_error_in_the_code_is_shown_and_its_repair_is_served(developed: Development) -> None:
    file = developed.project / "app/main.py"
    code = file.read_text()
    file.write_text(f"{code}def (:\n")
    eventually(
        lambda: any("The service has ended" in line for line in developed.lines),
        PATIENCE_SECONDS,
        "nothing says that the service has ended",
    )
    assert "SyntaxError: invalid syntax" in developed.lines
    # A route of the owner at `/` comes before the one that leads to the documentation.
    file.write_text(code.replace("    return app\n", ROOT))

    def is_served() -> bool:
        answer = developed.get("/")
        return answer is not None and "mine" in answer.text

    eventually(is_served, PATIENCE_SECONDS, "the change does not show")


def test_a_signal_ends_all_that_was_started(developed: Development) -> None:
    assert len(developed.processes()) > 1
    developed.process.send_signal(signal.SIGTERM)
    assert developed.process.wait(PATIENCE_SECONDS) == 128 + signal.SIGTERM
    assert developed.processes() == []
