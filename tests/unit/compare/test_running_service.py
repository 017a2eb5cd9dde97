"""A copy that runs is timed, weighed, signed in to and stopped."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.error import HTTPError

import psutil
import pytest

from scaffold.compare.cpu_pinning import CpuPinning
from scaffold.compare.installed_service import InstalledService
from scaffold.compare.running_service import RunningService, answers_at, started_service
from scaffold.errors import ScaffoldError

SERVE = """
import http.server, os, sys
print("hello", os.environ["HOST"], os.environ["WEB_CONCURRENCY"], os.environ["EXTRA"], flush=True)
if os.environ.get("FAIL"):
    sys.exit("no database")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/end":
            os._exit(3)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
NO_CORES = CpuPinning(None, None)


def copy_in(folder: Path, **settings: str) -> InstalledService:
    binaries = folder / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "serve").write_text(f"#!{sys.executable}\n{SERVE}")
    (binaries / "serve").chmod(0o755)
    (folder / "Dockerfile").write_text('CMD ["serve"]\n')
    return InstalledService("flask", folder, {}, settings, 0, 0, {})


class Handler(BaseHTTPRequestHandler):
    """Signs in whoever the test lets."""

    seen: ClassVar[list[tuple[str, str | None, str]]] = []
    registered: ClassVar[int] = 201

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.seen.append((self.path, self.headers["Content-Type"], body))
        self.send_response(self.registered if self.path.endswith("register") else 200)
        self.end_headers()
        self.wfile.write(json.dumps({"access_token": "abc"}).encode())

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/livez" else 503)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Handler.seen.clear()
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_answer_is_one_only_with_success(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert answers_at(f"{server}/livez")
    assert not answers_at(f"{server}/readyz")
    assert not answers_at("http://127.0.0.1:9/livez")


@pytest.mark.parametrize("registered", [201, 409])
def test_a_user_signs_in_registered_before_or_not(
    server: str, monkeypatch: pytest.MonkeyPatch, registered: int
) -> None:
    monkeypatch.setattr(Handler, "registered", registered)
    assert RunningService(server, 0, 0).sign_in() == "Bearer abc"
    (first, kind, body), (second, form, pair) = Handler.seen
    assert (first, kind) == ("/api/v1/auth/register", "application/json")
    assert (second, form) == ("/api/v1/auth/token", "application/x-www-form-urlencoded")
    assert json.loads(body)["email"] == "compare@example.org"
    assert pair == "username=compare%40example.org&password=measured%2C+then+thrown+away"


def test_a_service_that_registers_nobody_is_an_error(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Handler, "registered", 500)
    with pytest.raises(HTTPError):
        RunningService(server, 0, 0).sign_in()


def test_a_copy_is_started_timed_and_stopped(tmp_path: Path) -> None:
    copy = copy_in(tmp_path, EXTRA="copy's")
    with started_service(copy, NO_CORES, {"EXTRA": "other's"}) as running:
        assert answers_at(f"{running.url}/livez")
        assert running.start_milliseconds > 0
        assert 1 < running.memory < 1000
        assert running.cpu_use(0).own > 0
        process = psutil.Process(running.process)
    assert not process.is_running()
    assert running.has_ended


@pytest.mark.parametrize(
    ("settings", "message"), [({"FAIL": "1"}, "the Flask service does not start")]
)
def test_a_copy_that_does_not_start_is_told_with_its_log(
    tmp_path: Path, settings: dict[str, str], message: str
) -> None:
    copy = copy_in(tmp_path, EXTRA="x", **settings)
    with pytest.raises(ScaffoldError, match=message) as caught, started_service(copy, NO_CORES, {}):
        pass
    assert caught.value.hint == "hello 127.0.0.1 1 x\nno database"


@pytest.mark.parametrize("error", [None, ScaffoldError("h2load failed"), ConnectionError()])
def test_a_copy_that_ends_while_it_is_measured_is_the_reason(
    tmp_path: Path, error: Exception | None
) -> None:
    with (  # noqa: PT012
        pytest.raises(ScaffoldError, match="the Flask service ended while it was measured"),
        started_service(copy_in(tmp_path, EXTRA="x"), NO_CORES, {}) as running,
    ):
        assert not running.has_ended
        ends_by_itself(running)
        assert running.has_ended
        if error:
            raise error


def ends_by_itself(running: RunningService) -> None:
    """Have the service end, and wait until it has."""
    answers_at(f"{running.url}/end")
    process = psutil.Process(running.process)
    deadline = time.monotonic() + 30
    while process.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the service did not end"
        time.sleep(0.01)


def test_an_error_of_the_measurement_is_told_as_it_is(tmp_path: Path) -> None:
    with (
        pytest.raises(ScaffoldError, match="h2load failed"),
        started_service(copy_in(tmp_path, EXTRA="x"), NO_CORES, {}),
    ):
        raise ScaffoldError("h2load failed")


def test_the_worker_is_weighed_and_not_who_watches_over_it() -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'x = bytearray(60 << 20); print(1, flush=True); input()'])"
    with subprocess.Popen(  # noqa: S603 - Python itself
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        running = RunningService("", process.pid, 0)
        workers = psutil.Process(process.pid).children()
        assert 60 < running.memory < 120
        running.stop()
        psutil.wait_procs(workers, timeout=30)
    assert not any(worker.is_running() for worker in workers)
