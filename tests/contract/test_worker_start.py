"""Contract, "Running it": a worker may be slow to start, and a start that fails says why."""

import socket
import subprocess
from pathlib import Path

import pytest

from tests.contract import expect
from tests.contract.conftest import Start
from tests.support.bootstrap import customized
from tests.support.combinations import Combination, every_framework
from tests.support.services import PATIENCE_SECONDS, free_port, spawn

pytestmark = every_framework

# Where the application is imported for the requests: by each worker, or once for all of them.
IMPORTS = {"fastapi": '"--multiprocessing-fork" in sys.orig_argv', "flask": "True"}
# Longer than Uvicorn would wait.
SLOW_SECONDS = 6
REASON = "the library is not there"


def at_import(combination: Combination, folder: Path, action: str) -> str:
    """The PYTHONPATH with which this happens where the application is imported."""
    code = f"import sys, time\nif {IMPORTS[combination.framework]}:\n    {action}\n"
    return customized(folder, code)


def ended(project: Path, folder: Path, **settings: str) -> tuple[int, str]:
    """The status and the output of a service with two workers that does not come up."""
    address = {"HOST": "127.0.0.1", "PORT": str(free_port()), "WEB_CONCURRENCY": "2"}
    process = spawn(project, address | settings, folder)
    try:
        status = process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    outputs = [(folder / name).read_text(encoding="utf-8") for name in ("stdout", "stderr")]
    return status, "".join(outputs)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_that_is_taken_ends_the_service(
    project: Path, database: dict[str, str], tmp_path: Path, workers: str
) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as other:
        settings = {"PORT": str(other.getsockname()[1]), "WEB_CONCURRENCY": workers}
        status, output = ended(project, tmp_path / "ended", **database | settings)
    assert status == 1
    assert "address already in use" in output.lower()


def test_a_slow_start_is_no_dead_worker(
    start: Start, combination: Combination, tmp_path: Path
) -> None:
    slow = at_import(combination, tmp_path, f"time.sleep({SLOW_SECONDS})")
    service = start(WEB_CONCURRENCY="2", PYTHONPATH=slow)
    expect.ok(service.client.get("/readyz"))
    assert "died" not in service.stdout


def test_a_worker_that_cannot_start_ends_the_service(
    project: Path, database: dict[str, str], combination: Combination, tmp_path: Path
) -> None:
    broken = at_import(combination, tmp_path, f"sys.exit({REASON!r})")
    status, output = ended(project, tmp_path / "ended", **database | {"PYTHONPATH": broken})
    assert status == 1
    assert REASON in output


def test_a_worker_that_never_starts_ends_the_service(
    project: Path, database: dict[str, str], combination: Combination, tmp_path: Path
) -> None:
    if combination.framework == "flask":
        return  # Gunicorn's workers begin with an application that is there already.
    stuck = at_import(combination, tmp_path, "time.sleep(1000)")
    settings = database | {"PYTHONPATH": stuck, "WORKER_START_SECONDS": "1"}
    status, output = ended(project, tmp_path / "ended", **settings)
    assert status == 1
    assert output.count("did not start within 1 s") == 1
