"""Contract, "WebSockets": how a socket is opened, and how HTTP refuses what opens none."""

import pytest

from tests.contract import expect
from tests.support import wire
from tests.support.combinations import every_socket
from tests.support.services import Service
from tests.support.sockets import (
    ACCEPT,
    KEY,
    UPGRADE,
    Socket,
    accepted,
    join,
    knock,
    new_room,
    nothing_fails,
    path_of,
    shake,
)

pytestmark = every_socket

ROOM = path_of("lobby")


def ask(service: Service, method: str, path: str, *headers: str) -> wire.Answer:
    """The answer of HTTP to exactly these headers."""
    with service.connection() as connection:
        connection.sendall(wire.head(method, path, *headers))
        return wire.receive(connection, method)


def without(name: str) -> tuple[str, ...]:
    """A handshake that lacks a header."""
    return tuple(header for header in UPGRADE if not header.startswith(f"{name}:"))


def opens(service: Service, *headers: str) -> None:
    """These headers open a socket that works."""
    with service.connection() as connection:
        connection.sendall(wire.head("GET", path_of(new_room()), *headers, *service.credentials))
        entered = accepted(connection)
        try:
            works(entered)
        finally:
            entered.hang_up()


def works(entered: Socket) -> None:
    assert entered.read()["type"] == "welcome"
    entered.hears_nothing()


def test_a_socket_opens_as_rfc_6455_says(service: Service) -> None:
    with knock(service, new_room(), *service.credentials) as entered:
        headers = entered.response.headers
        assert (headers["upgrade"].lower(), headers["connection"].lower()) == (
            "websocket",
            "upgrade",
        )
        assert headers["sec-websocket-accept"] == ACCEPT
        works(entered)


def test_no_extension_is_negotiated(service: Service) -> None:
    offers = "permessage-deflate; client_max_window_bits, x-webkit-deflate-frame"
    header = f"Sec-WebSocket-Extensions: {offers}"
    with knock(service, new_room(), header, *service.credentials) as entered:
        assert "sec-websocket-extensions" not in entered.response.headers
        assert "sec-websocket-protocol" not in entered.response.headers
        works(entered)


@pytest.mark.parametrize(
    "headers",
    [
        ("Upgrade: WebSocket", "Connection: keep-alive, Upgrade", *UPGRADE[2:]),
        ("upgrade: WEBSOCKET", "connection: UPGRADE", *UPGRADE[2:]),
    ],
)
def test_a_handshake_may_be_spelled_in_other_ways(
    service: Service, headers: tuple[str, ...]
) -> None:
    opens(service, "Host: x", *headers)


def test_a_socket_may_be_opened_on_a_connection_that_http_used(service: Service) -> None:
    with service.connection() as connection:
        connection.sendall(wire.head("GET", "/livez", "Host: x"))
        expect.ok(wire.receive(connection))
        connection.sendall(wire.head("GET", ROOM, "Host: x", *UPGRADE, *service.credentials))
        entered = accepted(connection)
        works(entered)
        entered.hang_up()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "headers", [(), ("Upgrade: h2c", "Connection: Upgrade"), ("Connection: Upgrade",)]
)
def test_a_room_without_an_upgrade_is_a_426(
    service: Service, method: str, headers: tuple[str, ...]
) -> None:
    answer = ask(service, method, ROOM, "Host: x", "X-Request-ID: plain", *headers)
    assert answer.status_code == 426
    assert answer.headers["upgrade"] == "websocket"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == "plain"
    expect.secured(answer)
    if method == "GET":
        assert answer.json() == {
            "type": "about:blank",
            "title": "Upgrade Required",
            "status": 426,
            "detail": "Open this path as a WebSocket.",
            "instance": ROOM,
            "request_id": "plain",
        }


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("headers", [(), UPGRADE])
def test_another_method_is_a_405(service: Service, method: str, headers: tuple[str, ...]) -> None:
    answer = ask(service, method, ROOM, "Host: x", *headers)
    expect.problem(answer, 405, instance=ROOM)
    assert {word.strip() for word in answer.headers["allow"].split(",")} == {"GET", "HEAD"}


@pytest.mark.parametrize(
    "path",
    [
        *("/ws", "/ws/", "/ws/rooms", "/ws/rooms/", "/ws/rooms/a/", "/ws/rooms/a/b", "/nothing"),
        *(f"/ws/rooms/{room}" for room in ("a.b", "a~", "a@b", "*", "..", "x" * 65)),
    ],
)
@pytest.mark.parametrize("headers", [(), UPGRADE])
def test_what_is_no_room_is_a_404(service: Service, path: str, headers: tuple[str, ...]) -> None:
    answer = ask(service, "GET", path, "Host: x", "X-Request-ID: none", *headers)
    assert expect.problem(answer, 404, instance=path)["request_id"] == "none"


@pytest.mark.parametrize("room", ["%C3%A9", "%D9%A1", "a%20b", "a%0A", "%00", "a%2Fb"])
def test_a_room_has_ascii_letters_digits_and_two_signs(service: Service, room: str) -> None:
    answer = shake(service, path_of(room))
    expect.problem(answer, 404, instance=answer.json()["instance"])


def test_a_room_may_be_spelled_with_escapes(service: Service) -> None:
    room = new_room()
    with join(service, room) as one, join(service, "%" + room[:1].encode().hex() + room[1:]) as two:
        one.say("hello")
        assert one.bodies(1) == two.bodies(1) == ["hello"]


@pytest.mark.parametrize(
    "headers",
    [
        without("Sec-WebSocket-Version"),
        without("Sec-WebSocket-Key"),
        *(
            (*without("Sec-WebSocket-Version"), f"Sec-WebSocket-Version: {version}")
            for version in ("", "8", "12", "14", "13, 8", "x", "-13", "9" * 1000)
        ),
        *(
            (*without("Sec-WebSocket-Key"), f"Sec-WebSocket-Key: {key}")
            for key in ("", "x", KEY[:-4], KEY + KEY, "é" * 24, "=" * 24, "." * 24)
        ),
        (*UPGRADE, f"Sec-WebSocket-Key: {KEY}"),
        (*UPGRADE, "Sec-WebSocket-Version: 13"),
    ],
    ids=lambda headers: headers[-1][:40],
)
def test_a_wrong_handshake_is_no_failure_of_the_service(
    service: Service, headers: tuple[str, ...]
) -> None:
    with nothing_fails(service):
        answer = ask(service, "GET", ROOM, "Host: x", *headers, *service.credentials)
        # Some of it is harmless, and may be overlooked.
        assert answer.status_code in {101, 400, 426}
        expect.ok(service.client.get("/livez"))


def test_http_1_0_opens_no_socket(service: Service) -> None:
    with service.connection() as connection:
        head = wire.head("GET", ROOM, "Host: x", *UPGRADE)
        connection.sendall(head.replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert 400 <= wire.receive(connection).status_code < 500


def test_a_refused_handshake_is_a_line_of_the_log(service: Service) -> None:
    request_id = new_room()
    shake(service, "/ws/rooms/a.b", f"X-Request-ID: {request_id}")
    (line,) = service.log_of(request_id)
    assert (line["method"], line["path"], line["status"]) == ("GET", "/ws/rooms/a.b", 404)


def test_rooms_are_not_in_the_document(service: Service) -> None:
    paths = expect.ok(service.client.get("/openapi.json"))["paths"]
    assert not [path for path in paths if path.startswith("/ws")]
