"""Contract, "Slow clients": a client's pace holds nobody else up, and what is too slow is closed."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from tests.contract import expect
from tests.support import wire
from tests.support.combinations import every_framework, every_service
from tests.support.services import Service

TOO_SLOW = "The request did not arrive in time."
HEAD_SECONDS = 10
MOVE_SECONDS = 10
ITEMS = "/api/v1/items"
POST = ("POST", ITEMS, "Host: x", "Content-Type: application/json")
HALF_A_HEAD = b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Half: "
HALF_A_BODY = wire.head(*POST, "Content-Length: 100") + b"{"
HALF_A_CHUNK = wire.head(*POST, "Transfer-Encoding: chunked") + b"5\r\n{"
# More of them than any service has threads.
STALLED = 4 * [b"", HALF_A_HEAD, HALF_A_BODY, HALF_A_CHUNK] + 20 * [HALF_A_BODY]
LIVEZ = wire.head("GET", "/livez", "Host: x")


@contextmanager
def clients(service: Service, sent: list[bytes]) -> Iterator[list[socket.socket]]:
    """A client for each of these, which sends it and nothing more."""
    with ExitStack() as stack:
        connections = [stack.enter_context(service.connection()) for _ in sent]
        for connection, data in zip(connections, sent, strict=True):
            connection.sendall(data)
        yield connections


def probes(service: Service, number: int = 5) -> None:
    """The health checks are answered, on connections of their own."""
    for _ in range(number):
        for path in ("/livez", "/readyz"):
            expect.ok(wire.exchange(service, "GET", path, "Host: x"))


def ends(connection: socket.socket) -> bool:
    """Nothing more comes."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@every_service
def test_stalled_clients_hold_no_probe_up(service: Service) -> None:
    with clients(service, STALLED):
        probes(service)


@every_framework
def test_clients_that_read_no_answer_hold_no_probe_up(service: Service) -> None:
    # So many answers that no buffer of a kernel takes them all.
    request = wire.head("GET", "/docs/swagger-ui.js", "Host: x") * 20
    with ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(service.connection())
            connection.setblocking(False)
            connection.send(request)
        probes(service)


@every_framework
def test_who_sends_too_slowly_is_told_so(service: Service) -> None:
    """Who says half a head or body, who was answered before, and who sends a byte now and then."""
    started = time.monotonic()
    sent = [HALF_A_HEAD, LIVEZ + HALF_A_HEAD, HALF_A_BODY, HALF_A_CHUNK, HALF_A_HEAD, HALF_A_BODY]
    with clients(service, sent) as connections:
        _, second, *_, trickled_head, trickled_body = connections
        expect.ok(wire.receive(second))
        for connection in (trickled_head, trickled_body):
            threading.Thread(target=trickle, args=[connection], daemon=True).start()
        for connection, data in zip(connections, sent, strict=True):
            instance = "/" if data.endswith(HALF_A_HEAD) else ITEMS
            answer = wire.receive(connection)
            expect.problem(answer, 408, instance=instance, detail=TOO_SLOW)
            assert answer.headers["connection"] == "close"
            assert ends(connection)
    assert time.monotonic() - started > HEAD_SECONDS - 1


@every_framework
def test_who_says_nothing_is_closed_without_an_answer(service: Service) -> None:
    with clients(service, [b""]) as (silent,):
        assert ends(silent)


@every_framework
def test_who_sends_slowly_but_steadily_is_answered(service: Service) -> None:
    piece, pieces = b" " * 4096, MOVE_SECONDS + 3
    item = b'{"name": "slow", "price": "1.00"}'
    length = f"Content-Length: {len(item) + len(piece) * pieces}"
    with clients(service, [wire.head(*POST, length, *service.credentials)]) as (connection,):
        for _ in range(pieces):
            # As slow as a client may be, four times over.
            time.sleep(1)
            connection.sendall(piece)
        connection.sendall(item)
        expect.ok(wire.receive(connection), 201)


@every_framework
def test_who_leaves_without_its_answers_is_no_error(service: Service) -> None:
    before = len(service.stdout)
    with service.connection() as connection:
        connection.sendall(wire.head("GET", "/docs/swagger-ui.js", "Host: x") * 20)
        assert connection.recv(1) == b"H"
    probes(service)
    assert '"ERROR"' not in service.stdout[before:]


def trickle(connection: socket.socket) -> None:
    """Send a byte now and then, until the other side has had enough."""
    with suppress(OSError):
        while True:
            connection.sendall(b"x")
            time.sleep(0.2)
