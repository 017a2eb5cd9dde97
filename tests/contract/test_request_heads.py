"""Contract, "Every response": what is no request, or too large a head, is a problem."""

import re
import time
from socket import SHUT_WR

import pytest

from tests.contract import expect
from tests.contract.conftest import Start
from tests.support import wire
from tests.support.combinations import every_framework
from tests.support.services import PATIENCE_SECONDS, Service

pytestmark = every_framework

ITEMS = "/api/v1/items"
ITEM = b'{"name": "x", "price": "1.00"}'
MAX_HEAD_BYTES = 16_384
MAX_FIELDS = 100
KEEP_ALIVE_SECONDS = 75


def ask(service: Service, request: bytes) -> wire.Answer:
    """Send these bytes on a connection of their own, and read one answer."""
    with service.connection() as connection:
        connection.sendall(request)
        return wire.receive(connection)


def refused(service: Service, request: bytes, status: int, detail: str | None, path: str) -> None:
    """It is answered with this problem, and that is the end of the connection."""
    with service.connection() as connection:
        connection.sendall(request)
        answer = wire.receive(connection)
        expect.problem(answer, status, instance=path, detail=detail)
        assert answer.headers["connection"].lower() == "close"
        assert connection.recv(1) == b""


def head_of(size: int) -> bytes:
    """A whole head of exactly that many bytes."""
    start = b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Padding: "
    return start + b"a" * (size - len(start) - 4) + b"\r\n\r\n"


def post(*headers: str, body: bytes = ITEM) -> bytes:
    return wire.head("POST", ITEMS, "Host: x", "Content-Type: application/json", *headers) + body


LENGTH = f"Content-Length: {len(ITEM)}"
CHUNKED = "Transfer-Encoding: chunked"
CHUNKS = wire.chunk(ITEM) + wire.chunk(b"")
NO_HTTP = {
    "nothing of HTTP": b"hello\r\n\r\n",
    "a TLS handshake": bytes.fromhex("160301020001000100") + b"\r\n\r\n",
    "no version": b"GET /livez\r\n\r\n",
    "HTTP/1.2": b"GET /livez HTTP/1.2\r\nHost: x\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "PROXY": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n\r\n",
    "an unknown method": b"FOO /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method in lower case": b"get /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "CONNECT": b"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "no colon": b"GET /livez HTTP/1.1\r\nHost: x\r\ngarbage\r\n\r\n",
    "a folded field": b"GET /livez HTTP/1.1\r\nHost: x\r\nX-A: a\r\n b\r\n\r\n",
    "NUL in a field": b"GET /livez HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n",
    "bytes in the path": b"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
    "bare line feeds": b"GET /livez HTTP/1.1\nHost: x\n\n",
    "bare carriage returns": b"GET /livez HTTP/1.1\rHost: x\r\r",
    "an asterisk": b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
    "an address without a path": b"GET http://x HTTP/1.1\r\nHost: x\r\n\r\n",
    "a space before the colon": post("Transfer-Encoding : chunked", body=CHUNKS),
    "a length and chunks": post(LENGTH, CHUNKED, body=CHUNKS),
    "two lengths": post(LENGTH, "Content-Length: 5"),
    "a length twice": post(LENGTH, LENGTH),
    "a signed length": post(f"Content-Length: +{len(ITEM)}"),
    "a list of lengths": post(f"Content-Length: {len(ITEM)}, {len(ITEM)}"),
    "a length in hexadecimal": post(f"Content-Length: {len(ITEM):#x}"),
    "a negative length": post("Content-Length: -1"),
    "an empty length": post("Content-Length:"),
    "a length of 64 bits and more": post("Content-Length: 99999999999999999999999"),
    "an unknown coding": post("Transfer-Encoding: xchunked", body=CHUNKS),
    "a coding after chunks": post("Transfer-Encoding: chunked, identity", body=CHUNKS),
    "a coding before chunks": post("Transfer-Encoding: gzip, chunked", body=CHUNKS),
    "chunks twice": post(CHUNKED, CHUNKED, body=CHUNKS),
    "a type twice": post("Content-Type: text/plain", LENGTH),
    "a chunk without a size": post(CHUNKED, body=b"zz\r\nabc\r\n0\r\n\r\n"),
    "a chunk of 64 bits and more": post(CHUNKED, body=b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
    "a negative chunk": post(CHUNKED, body=b"-1\r\nabc\r\n0\r\n\r\n"),
    "NUL beside a chunk": post(CHUNKED, body=b"1;\0\r\n1\r\n0\r\n\r\n"),
    "no field after chunks": post(CHUNKED, body=wire.chunk(ITEM) + b"0\r\ngarbage\r\n\r\n"),
    "a length after chunks": post(
        CHUNKED, body=wire.chunk(ITEM) + b"0\r\nContent-Length: 1\r\n\r\n"
    ),
    "a line feed after chunks": post(CHUNKED, body=wire.chunk(ITEM) + b"0\r\nX: a\n\r\n\r\n"),
    "chunks in HTTP/1.0": post(CHUNKED, body=CHUNKS).replace(b"HTTP/1.1", b"HTTP/1.0"),
}


@pytest.mark.parametrize("request_bytes", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_http_is_a_problem(service: Service, request_bytes: bytes) -> None:
    refused(service, request_bytes, 400, expect.INVALID_HTTP, "/")


@pytest.mark.parametrize(
    "hosts",
    [
        (),
        ("Host:",),
        ("Host: ",),
        ("Host: a", "Host: b"),
        ("Host: a", "Host: a"),
        ("Host: a b",),
        ("Host: a/b",),
        ("Host: a@b",),
        ("Host: a,b", "Host: c"),
    ],
    ids=" | ".join,
)
@pytest.mark.parametrize("path", ["/livez", "/nothing%20here?x=1"])
def test_a_request_has_one_valid_host(service: Service, hosts: tuple[str, ...], path: str) -> None:
    instance = path.partition("?")[0]
    refused(service, wire.head("GET", path, *hosts), 400, expect.INVALID_HOST, instance)


def until_the_end(service: Service, request: bytes) -> bytes:
    """All that comes back after these bytes and the end of the client's side."""
    received = b""
    with service.connection() as connection:
        connection.sendall(request)
        connection.shutdown(SHUT_WR)
        while data := connection.recv(65_536):
            received += data
    return received


@pytest.mark.parametrize(
    "half",
    [b"GET /livez HT", post(LENGTH, body=ITEM[:9]), post(CHUNKED, body=b"5\r\n{")],
    ids=["a head", "a body", "a chunk"],
)
def test_who_ends_in_the_middle_of_a_request_is_refused(service: Service, half: bytes) -> None:
    received = until_the_end(service, wire.head("GET", "/livez", "Host: x") + half)
    assert received.count(b"HTTP/1.1 200 ") == received.count(b"HTTP/1.1 400 ") == 1
    assert expect.INVALID_HTTP.encode() in received


def test_who_ends_after_whole_requests_is_answered(service: Service) -> None:
    item = post(LENGTH, *service.credentials)
    received = until_the_end(service, wire.head("GET", "/readyz", "Host: x") + item)
    assert received.count(b"HTTP/1.1 200 ") == received.count(b"HTTP/1.1 201 ") == 1


@pytest.mark.parametrize(
    "fields", [("Connection: close, x",), ("Connection: keep-alive", "Connection: Close")]
)
def test_who_wants_no_further_answer_gets_none(service: Service, fields: tuple[str, ...]) -> None:
    with service.connection() as connection:
        connection.sendall(wire.head("GET", "/livez", "Host: x", *fields) * 2)
        assert wire.receive(connection).headers["connection"] == "close"
        assert connection.recv(1) == b""


def test_only_the_last_answer_of_a_connection_says_so(service: Service) -> None:
    goes_on = wire.head("GET", "/livez", "Host: x", "Connection: keep-alive")
    with service.connection() as connection:
        for request, said in (
            (goes_on, None),
            (goes_on, None),
            (goes_on.replace(b"HTTP/1.1", b"HTTP/1.0"), "close"),
        ):
            connection.sendall(request)
            answer = wire.receive(connection)
            assert (answer.version, answer.headers["connection"]) == (11, said)
        assert connection.recv(1) == b""


def test_a_request_of_http_1_0_needs_no_host(service: Service) -> None:
    expect.ok(ask(service, b"GET /livez HTTP/1.0\r\n\r\n"))
    two = b"GET /livez HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"
    refused(service, two, 400, expect.INVALID_HOST, "/livez")


@pytest.mark.parametrize("host", ["x", "a.example:8000", "[::1]:80", "under_score", "1.2.3.4"])
def test_a_host_may_have_a_port_and_be_an_address(service: Service, host: str) -> None:
    expect.ok(ask(service, wire.head("GET", "/livez", f"Host: {host}")))


def test_a_head_may_be_large_and_no_larger(service: Service) -> None:
    expect.ok(ask(service, head_of(MAX_HEAD_BYTES)))
    for size in (MAX_HEAD_BYTES + 1, 70_000):
        refused(service, head_of(size), 431, None, "/")
    long_path = wire.head("GET", "/" + "a" * MAX_HEAD_BYTES, "Host: x")
    refused(service, long_path, 431, None, "/")


def test_a_head_may_have_many_fields_and_no_more(service: Service) -> None:
    others = [f"X-{number}: 1" for number in range(MAX_FIELDS)]
    expect.ok(ask(service, wire.head("GET", "/livez", "Host: x", *others[1:])))
    refused(service, wire.head("GET", "/livez", "Host: x", *others), 431, None, "/")


@pytest.mark.parametrize(
    "start",
    [
        wire.head("GET", "/livez", "Host: x")[:-2] + b"X-Padding: ",
        wire.head("POST", ITEMS, "Host: x", CHUNKED) + b"1\r\n{\r\n0\r\nX-Trailer: ",
        wire.head("POST", ITEMS, "Host: x", CHUNKED) + b"1;extension=",
    ],
    ids=["a head", "what follows the chunks", "what stands beside a chunk"],
)
def test_what_never_ends_is_refused_soon(service: Service, start: bytes) -> None:
    sent = 0
    with service.connection() as connection:
        started = time.process_time()
        try:
            connection.sendall(start)
            while sent < 40_000_000:
                connection.sendall(b"a" * 65_536)
                sent += 65_536
        except ConnectionError:
            pass
        assert time.process_time() - started < 30
    expect.ok(service.client.get("/livez"))


def test_spaces_around_a_coding_mean_nothing(service: Service) -> None:
    spaced = post("Transfer-Encoding:  chunked  ", *service.credentials, body=CHUNKS)
    assert ask(service, spaced).status_code == 201


def test_nobody_waits_after_chunks_that_a_field_follows(service: Service) -> None:
    request = post(CHUNKED, *service.credentials, body=wire.chunk(ITEM) + b"0\r\n")
    request += b"Connection: close\r\n\r\n" + wire.head("GET", "/livez", "Host: x")
    with service.connection() as connection:
        connection.settimeout(PATIENCE_SECONDS)
        began = time.monotonic()
        connection.sendall(request + wire.head("GET", "/livez", "Host: x", "Connection: close"))
        assert connection.recv(65_536).startswith(b"HTTP/1.1 201 ")
        while connection.recv(65_536):
            pass
        # An idle connection would be kept for longer.
        assert time.monotonic() - began < KEEP_ALIVE_SECONDS - 10


def test_what_follows_the_chunks_is_no_field_of_the_request(start: Start) -> None:
    service = start(TRUSTED_HOSTS="a.example")
    request = wire.head("GET", "/nothing", "Host: b.example", CHUNKED)
    answer = ask(service, request + wire.chunk(b"x") + b"0\r\nHost: a.example\r\n\r\n")
    expect.problem(answer, 400, instance="/nothing")


def test_the_answer_to_a_good_request_comes_before_the_refusal_of_the_next(
    service: Service,
) -> None:
    received = until_the_end(service, wire.head("GET", "/readyz", "Host: x") + b"garbage\r\n\r\n")
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"200", b"400"]


def test_an_upgrade_that_nobody_offers_is_passed_over(service: Service) -> None:
    for protocol in ("websocket", "h2c"):
        asks = ("Connection: Upgrade", f"Upgrade: {protocol}")
        expect.ok(ask(service, wire.head("GET", "/livez", "Host: x", *asks)))


def test_a_client_of_http_1_0_is_not_told_to_go_on(service: Service) -> None:
    asks = post(LENGTH, "Expect: 100-continue", *service.credentials)
    assert ask(service, asks.replace(b"HTTP/1.1", b"HTTP/1.0")).status_code == 201


def test_a_refusal_is_in_the_log(service: Service) -> None:
    answer = ask(service, NO_HTTP["no colon"])
    (line,) = service.log_of(answer.headers["x-request-id"])
    assert (line["message"], line["path"], line["status"]) == ("refused", "/", 400)
    # The server has no line of its own for it.
    assert "Invalid HTTP" not in service.stdout
