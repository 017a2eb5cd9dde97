"""Contract, "Stopping": a release, played as Kubernetes plays it. nginx stands for the endpoints."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from pathlib import Path

from tests.contract.conftest import Start
from tests.contract.test_stopping import GOOD_STATUS, ITEMS, begin, drains, finish
from tests.support import wire
from tests.support.combinations import every_framework
from tests.support.nginx import nginx
from tests.support.services import PATIENCE_SECONDS, Service, eventually

CLIENTS = 3
# What the clients have answered before the next step.
ENOUGH = 30
BODY = b'{"name": "Tea", "price": "3.50"}'
# nginx shows each failure: it tries no other replica, and reads no request before it passes it on.
SERVER = """
location = /generation { return 200 "%d"; }
location / {
    proxy_pass http://replicas;
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Connection "";
    proxy_next_upstream off;
    proxy_request_buffering off;
}
"""


class Endpoints:
    """An nginx that passes requests on to the replicas that it is told of."""

    def __init__(self, folder: Path, *replicas: Service) -> None:
        self.folder = folder
        self.generation = 0
        self._write(replicas)

    def _write(self, replicas: tuple[Service, ...]) -> None:
        servers = "".join(f"server 127.0.0.1:{r.port} max_fails=0; " for r in replicas)
        upstream = f"upstream replicas {{ {servers} keepalive 8; }}"
        (self.folder / "upstream").write_text(upstream, encoding="utf-8")
        (self.folder / "server").write_text(SERVER % self.generation, encoding="utf-8")

    @contextmanager
    def serve(self) -> Iterator[None]:
        """Serve on a port, until the end."""
        before = f"include {self.folder}/upstream;"
        locations = f"include {self.folder}/server;"
        with nginx(self.folder, locations, before, reloads=True) as self.port:
            yield

    def become(self, *replicas: Service) -> None:
        """Pass new requests on to these alone, from now on; others may be under way elsewhere."""
        self.generation += 1
        self._write(replicas)
        os.kill(int((self.folder / "pid").read_text()), signal.SIGHUP)
        eventually(self._is_known, PATIENCE_SECONDS, "nginx does not take the new endpoints")

    def _is_known(self) -> bool:
        answer = self.ask(wire.head("GET", "/generation", "Host: x", "Connection: close"))
        return answer.content == str(self.generation).encode()

    def connection(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS)

    def ask(self, request: bytes) -> wire.Answer:
        """The answer to a request on a connection of its own, as a new client has one."""
        with self.connection() as connection:
            connection.sendall(request)
            return wire.receive(connection)


class Clients:
    """Ask one question after another, and count what comes of it."""

    def __init__(self, endpoints: Endpoints) -> None:
        self.endpoints = endpoints
        self.answered: list[int] = []
        self.lost: list[Exception] = []
        self.done = threading.Event()

    @contextmanager
    def asking(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._ask) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.done.set()
            for thread in threads:
                thread.join(PATIENCE_SECONDS)

    def _ask(self) -> None:
        headers = ("Host: x", "Connection: close")
        length = f"Content-Length: {len(BODY)}"
        requests = (
            wire.head("GET", ITEMS, *headers),
            wire.head("POST", ITEMS, *headers, "Content-Type: application/json", length) + BODY,
        )
        while not self.done.wait(0.01):
            for request in requests:
                try:
                    self.answered.append(self.endpoints.ask(request).status_code)
                except (OSError, HTTPException) as error:
                    self.lost.append(error)

    def get_enough(self) -> None:
        """Wait until some more requests are answered."""
        before = len(self.answered)

        def enough() -> bool:
            return bool(self.lost) or len(self.answered) >= before + ENOUGH

        eventually(enough, PATIENCE_SECONDS, "the clients get no answers")


@every_framework
def test_a_release_loses_no_request(start: Start, tmp_path: Path) -> None:
    replicas = [start(), start()]
    folder = tmp_path / "endpoints"
    folder.mkdir()
    endpoints = Endpoints(folder, *replicas)
    clients = Clients(endpoints)
    with endpoints.serve(), clients.asking():
        clients.get_enough()
        for old in list(replicas):
            replicas.append(start())
            with ExitStack() as stack:
                uploads = [stack.enter_context(endpoints.connection()) for _ in replicas]
                for upload in uploads:
                    begin(old, upload)
                replicas.remove(old)
                # In a cluster this takes as long as `preStop` sleeps, at the most.
                endpoints.become(*replicas)
                old.terminate()
                # Nobody may rely on it to be gone already.
                drains(old)
                for upload in uploads:
                    finish(upload)
            assert old.wait() in GOOD_STATUS
            clients.get_enough()
    assert clients.lost == []
    assert set(clients.answered) == {200, 201}
