"""`uv run poe dev`: migrated, reloading, on 127.0.0.1:8000, and not taken for production."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from uv import find_uv_bin

from tests.support import environment
from tests.support import projects as support
from tests.support.combinations import Combination
from tests.support.missing import give_up
from tests.support.projects import Projects
from tests.support.services import PATIENCE_SECONDS

URL = "http://127.0.0.1:8000"

# The address is fixed, so only one of these tests may run at a time.
pytestmark = [
    pytest.mark.xdist_group("port-8000"),
    pytest.mark.parametrize("framework", ["fastapi", "flask"]),
]


@pytest.fixture
def project(framework: str, projects: Projects, tmp_path: Path) -> Path:
    """A copy of the project, to change while it runs."""
    installed = projects.installed(Combination(framework, "sqlite"))
    return support.copy(installed, tmp_path / "project")


@pytest.fixture
def developed(project: Path, tmp_path: Path) -> Iterator[Path]:
    """The project with `poe dev` running in it."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 8000)) == 0:
            give_up("something else listens on port 8000")
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - the project's own command
            [find_uv_bin(), "run", "poe", "dev"],
            cwd=project,
            env=environment.for_tools(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        yield project
        # As Ctrl-C does in a terminal; what it starts must end with it.
        os.killpg(process.pid, signal.SIGINT)
        process.wait(PATIENCE_SECONDS)


def eventually(holds: Callable[[], bool], message: str) -> None:
    """Ask until it holds; a server that is starting answers nobody."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(message)


def test_it_serves_a_migrated_database_and_reloads(developed: Path) -> None:
    eventually(lambda: httpx.get(f"{URL}/readyz").status_code == 200, "the service is not ready")
    response = httpx.get(f"{URL}/api/v1/items")
    assert response.json() == {"items": [], "next_cursor": None}
    assert "Strict-Transport-Security" not in response.headers
    file = developed / "app/problems.py"
    file.write_text(file.read_text().replace("There is nothing at this path.", "Not here."))
    eventually(
        lambda: httpx.get(f"{URL}/x").json()["detail"] == "Not here.", "the change does not show"
    )
