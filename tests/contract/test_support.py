"""What the tests of the contract rely on holds when it is hard: ports that are taken, sockets that close."""

import socket
import subprocess
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.contract import expect
from tests.contract.conftest import Start
from tests.support import services
from tests.support.combinations import every_framework
from tests.support.services import PATIENCE_SECONDS, Service, free_port, spawn
from tests.support.sockets import worker_of
from tests.support.starter import Copy, Starter


@every_framework
def test_a_service_whose_port_is_taken_meanwhile_gets_another_one(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        ports = iter([taken])
        monkeypatch.setattr(
            services, "free_port", lambda host: next(ports, None) or free_port(host)
        )
        service = start()
        assert service.port != taken
        expect.ok(service.client.get("/livez"))


@every_framework
def test_a_copy_of_a_starter_ends_as_a_start_does(
    starter: Starter, project: Path, database: dict[str, str], tmp_path: Path
) -> None:
    settings = database | {"PORT": "x"}

    def ended(
        begin: Callable[..., subprocess.Popen[bytes] | Copy], folder: Path
    ) -> tuple[int, str, str]:
        status = begin(project, settings, folder).wait(PATIENCE_SECONDS)
        return status, (folder / "stdout").read_text(), (folder / "stderr").read_text()

    assert ended(starter.start, tmp_path / "copy") == ended(spawn, tmp_path / "start")


@every_framework
def test_a_worker_is_found_while_many_sockets_open_and_close(service: Service) -> None:
    over = threading.Event()

    def come_and_go() -> None:
        while not over.is_set():
            with service.connection():
                pass

    threads = [threading.Thread(target=come_and_go) for _ in range(2)]
    with ExitStack() as stack:
        for thread in threads:
            thread.start()
            stack.callback(thread.join)
        stack.callback(over.set)
        for _ in range(20):
            connection = stack.enter_context(service.connection())
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(1)
            assert Path(f"/proc/{worker_of(service, connection)}").exists()
