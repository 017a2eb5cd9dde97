"""Contract, "Stopping": SIGTERM loses no request, and the process ends by itself."""

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests.contract import expect
from tests.contract.conftest import Start
from tests.support import environment, wire
from tests.support.combinations import (
    SERVED,
    STORES,
    Combination,
    every_framework,
    once_for,
    over,
    run_over,
    served,
)
from tests.support.databases import fresh_database
from tests.support.projects import Projects
from tests.support.services import (
    DRAIN_SECONDS,
    PATIENCE_SECONDS,
    Service,
    eventually,
    free_port,
)

ITEMS = "/api/v1/items"
BODY = b'{"name": "slow", "price": "1.00"}'
GOOD_STATUS = {0, -signal.SIGTERM, 128 + signal.SIGTERM}
GRACE_SECONDS = 25
# An idle service takes 1 to 3 s. However busy the machine, it must not wait for the grace period.
IDLE_SECONDS = GRACE_SECONDS - 1


@pytest.fixture(scope="session")
def starter() -> None:
    """Nothing: how far a start has come when it is told to stop is what is tested here."""


def begin(service: Service, connection: socket.socket) -> None:
    """Send a request up to the middle of its body."""
    headers = ("Host: x", "Content-Type: application/json", f"Content-Length: {len(BODY)}")
    connection.sendall(wire.head("POST", ITEMS, *headers, *service.credentials) + BODY[:9])


def finish(connection: socket.socket) -> None:
    """Send the rest, and expect the item."""
    connection.sendall(BODY[9:])
    assert expect.ok(wire.receive(connection), 201)["name"] == "slow"


@contextmanager
def under_way(service: Service) -> Iterator[None]:
    """A request that begins before, and is finished and answered after."""
    with service.connection() as connection:
        begin(service, connection)
        # Answered after the other has begun, so that it is under way for certain.
        expect.ok(service.client.get("/livez"))
        yield
        finish(connection)


def drains(service: Service) -> None:
    """New connections are still taken, and told that the service goes away."""
    ready_at = service.terminated_at

    def unready() -> bool:
        nonlocal ready_at
        asked_at = time.monotonic()
        try:
            with service.connection() as connection:
                connection.sendall(wire.head("GET", "/readyz", "Host: x", "Connection: close"))
                answer = wire.receive(connection)
        except ConnectionError:
            # A busy machine may let the test ask only when that time is over, and all of it lies between
            # the last request that found the service ready and this one.
            if time.monotonic() - ready_at < DRAIN_SECONDS:
                raise
            return True
        if answer.status_code == 503:
            assert expect.ok(answer, 503)["status"] == "unavailable"
            return True
        ready_at = asked_at
        return False

    eventually(unready, PATIENCE_SECONDS, "/readyz does not turn 503")


def gone(service: Service) -> None:
    """No worker is left behind."""
    eventually(
        lambda: service.processes() == 0, PATIENCE_SECONDS, "a process of the service lives on"
    )


# Those with a database: `test_a_request_under_way_is_finished`.
@over(("none",))
def test_an_idle_service_stops_by_itself(start: Start) -> None:
    service = start()
    service.client.get("/livez")  # leaves a connection that is kept alive
    service.terminate()
    drains(service)
    assert service.wait(IDLE_SECONDS) in GOOD_STATUS
    gone(service)
    assert "Traceback" not in service.stdout + service.stderr


@run_over(once_for(served(STORES), "framework", "websockets"))
def test_a_request_under_way_is_finished(start: Start) -> None:
    service = start()
    with under_way(service):
        service.terminate()
        drains(service)
        message = "the service goes on listening"
        eventually(lambda: refuses_connections(service), PATIENCE_SECONDS, message)
    assert service.wait(IDLE_SECONDS) in GOOD_STATUS
    gone(service)
    assert "Traceback" not in service.stdout + service.stderr


@every_framework
def test_several_workers_finish_what_is_under_way(start: Start) -> None:
    service = start(WEB_CONCURRENCY="2")
    with ExitStack() as stack:
        connections = [stack.enter_context(service.connection()) for _ in range(4)]
        for connection in connections:
            begin(service, connection)
        expect.ok(service.client.get("/livez"))
        service.terminate()
        drains(service)
        for connection in connections:
            finish(connection)
    # A worker that was still starting may take all of the grace period.
    assert service.wait() in GOOD_STATUS
    gone(service)


@every_framework
def test_no_answer_is_lost_under_load(start: Start) -> None:
    service = start()
    headers = ("Host: x", "Connection: close", *service.credentials)
    answered: list[int] = []
    lost: list[Exception] = []

    def ask() -> None:
        """Send requests on connections of their own until the service takes no more."""
        while True:
            try:
                address = (service.host, service.port)
                connection = socket.create_connection(address, PATIENCE_SECONDS)
            except OSError:
                return
            with connection:
                try:
                    connection.sendall(wire.head("GET", ITEMS, *headers))
                    answered.append(wire.receive(connection).status_code)
                except OSError as error:
                    lost.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(answered) > 50, PATIENCE_SECONDS, "no fifty answers come")
    service.terminate()
    assert service.wait(IDLE_SECONDS) in GOOD_STATUS
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert set(answered) == {200}
    # A connection that the kernel took in the instant when listening ended was never the service's.
    assert len(lost) <= len(threads)


# The server, told to stop as soon as a worker has its application and before that has started; it says when.
STOPPED_EARLY = {
    "fastapi": """
import os, signal, time
from app.server import worker
from app.server.uvicorn_server import serve
from app.settings import load_settings

create = worker.create_worker_app

def create_and_stop():
    app = create()
    print("stopped at", time.monotonic(), flush=True)
    os.kill(os.getpid(), signal.SIGTERM)
    return app

worker.create_worker_app = create_and_stop
serve(load_settings())
""",
    "flask": """
import os, runpy, signal, time
from app.server.buffering_worker import BufferingWorker

server, run = os.getpid(), BufferingWorker.run

def stop_and_run(worker):
    print("stopped at", time.monotonic(), flush=True)
    os.kill(server, signal.SIGTERM)
    run(worker)

BufferingWorker.run = stop_and_run
runpy.run_module("app", run_name="__main__")
""",
}


@run_over(once_for(SERVED, "framework", "websockets", "ml"))
def test_a_stop_that_comes_while_a_worker_starts_ends_it_well(
    project: Path, database: dict[str, str], combination: Combination
) -> None:
    address = {"HOST": "127.0.0.1", "PORT": str(free_port()), "WEB_CONCURRENCY": "1"}
    done = subprocess.run(  # noqa: S603 - the project's own server
        [str(project / ".venv/bin/python"), "-c", STOPPED_EARLY[combination.framework]],
        cwd=project,
        env=environment.for_service(str(project / ".venv/bin")) | address | database,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode in GOOD_STATUS, done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    # A signal that is lost takes the grace period.
    stopped_at = float(done.stdout.partition("stopped at ")[2].partition("\n")[0])
    assert time.monotonic() - stopped_at < GRACE_SECONDS


@every_framework
def test_a_second_signal_does_no_harm(start: Start) -> None:
    service = start()
    with under_way(service):
        service.terminate()
        drains(service)
        service.terminate()
    assert service.wait(IDLE_SECONDS) in GOOD_STATUS


@every_framework
def test_an_interrupt_ends_the_service_without_a_traceback(start: Start) -> None:
    service = start()
    service.process.send_signal(signal.SIGINT)
    assert service.wait(IDLE_SECONDS) == 0
    assert "Traceback" not in service.stdout + service.stderr


@every_framework
def test_a_hang_up_loses_no_request(start: Start) -> None:
    service = start()
    with under_way(service):
        service.process.send_signal(signal.SIGHUP)


@pytest.mark.xdist_group("stalled-clients")
def test_a_client_that_never_finishes_holds_nobody_up_for_ever(
    projects: Projects, tmp_path: Path
) -> None:
    # Both frameworks side by side, because it takes as long as the contract allows.
    with ExitStack() as stack:
        services = []
        for framework in ("fastapi", "flask"):
            project = projects.project(framework, "sqlite")
            url = stack.enter_context(fresh_database("sqlite", tmp_path))
            settings = {"DATABASE_URL": str(url)}
            service = stack.enter_context(Service(project, tmp_path / framework, settings))
            connection = stack.enter_context(service.connection())
            threading.Thread(target=send_for_ever, args=[connection], daemon=True).start()
            expect.ok(service.client.get("/livez"))
            service.terminate()
            services.append(service)
        for service in services:
            assert service.wait(GRACE_SECONDS + PATIENCE_SECONDS) in GOOD_STATUS
            assert time.monotonic() - service.terminated_at > GRACE_SECONDS - 2


def send_for_ever(connection: socket.socket) -> None:
    """Send a body, steadily enough for its deadline, and in longer than a service takes to stop."""
    headers = ("Host: x", "Content-Type: application/json", "Content-Length: 1000000")
    with suppress(OSError):
        connection.sendall(wire.head("POST", ITEMS, *headers))
        while True:
            connection.sendall(b" " * 4096)
            time.sleep(0.5)


def refuses_connections(service: Service) -> bool:
    try:
        with service.connection():
            return False
    except (ConnectionRefusedError, ConnectionResetError):
        # Reset: the listener was closed between the two halves of the handshake.
        return True
