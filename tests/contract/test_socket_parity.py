"""Flask and FastAPI side by side: over a socket, too, a client cannot tell them apart."""

import re
import struct
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from http.client import HTTPResponse

import pytest

from tests.contract.test_parity import Pair, pair, seen
from tests.support import wire
from tests.support.projects import Projects
from tests.support.services import Service
from tests.support.sockets import (
    BINARY,
    CLOSE,
    CONTINUATION,
    KEY,
    PING,
    PONG,
    TEXT,
    UPGRADE,
    Frame,
    Socket,
    encode,
)
from tests.support.users import lasting_token

ROOM = "/ws/rooms/lobby"
# With these codes a library may say in its own words what was wrong.
REASONED = {struct.pack("!H", code) for code in (1002, 1007, 1009)}
SIGNED = "Authorization: Bearer {token}"
PING_FRAME = b'{"type":"ping"}'


@dataclass(frozen=True)
class Part:
    """A frame to send, of any kind."""

    payload: bytes
    opcode: int = TEXT
    final: bool = True
    masked: bool = True
    reserved: int = 0

    def encoded(self, token: str) -> bytes:
        """The frame; `{token}` stands for a good one."""
        payload = self.payload.replace(b"{token}", token.encode())
        return encode(
            payload,
            self.opcode,
            final=self.final,
            masked=self.masked,
            reserved=self.reserved,
        )


THE_END = Part(b'{"type":"message","body":"the end"}')


@dataclass(frozen=True)
class Exchange:
    """A handshake, and what is sent once it is accepted."""

    parts: tuple[Part, ...] = ()
    headers: tuple[str, ...] = (*UPGRADE, SIGNED)
    path: str = ROOM
    method: str = "GET"
    host: str = "x"

    def __str__(self) -> str:
        headers = [header for header in self.headers if header not in UPGRADE]
        payloads = [repr(part.payload[:40]) for part in self.parts]
        return " ".join([self.method, self.path, *headers, *payloads])[:80]


def text(*frames: bytes) -> Exchange:
    return raw(*(Part(frame) for frame in frames))


def raw(*parts: Part) -> Exchange:
    return Exchange(parts)


def offer(*headers: str) -> Exchange:
    return Exchange(headers=(*UPGRADE, SIGNED, *headers))


def plain(path: str = ROOM, method: str = "GET", *headers: str) -> Exchange:
    return Exchange(path=path, method=method, headers=headers)


def upgrade(path: str, method: str = "GET", *headers: str) -> Exchange:
    return Exchange(path=path, method=method, headers=(*UPGRADE, *headers))


def instead(header: str) -> Exchange:
    """A handshake with another value of one header."""
    name = header.partition(":")[0]
    others = tuple(line for line in UPGRADE if not line.startswith(f"{name}:"))
    return Exchange(headers=(*others, header, SIGNED))


ANYWHERE = [
    Exchange(),
    # What is said.
    text(PING_FRAME),
    text(b'{"type":"message","body":"hello"}', b'{"type":"message","body":"again"}'),
    text('{"type":"message","body":"é🚀\\u0000\\u007f\\u2028<&\\"/\\\\"}'.encode()),
    text(b'{"type":"message","body":"a","user":7,"room":"x","x":[1]}'),
    text(b'{"type":"message","body":"%s"}' % (b"a" * 4096)),
    text(b'{"type":"message","body":"%s"}' % (b"a" * 4097)),
    text(b'{"type":"message","body":""}'),
    text(b'{"type":"message","body":null}'),
    text(b'{"type":"message","body":{"a":1}}'),
    text(b'{"type":"message"}'),
    text(b'{"type":"auth","token":"x"}'),
    text(b"", b" ", b"{", b"null", b"[]", b"\xef\xbb\xbf{}"),
    text(b"[" * 60_000),
    text(rb'{"type":"message","body":"\ud800"}'),
    text(b'{"type":"ping","x":NaN}', b'{"type":"ping","x":1e999}'),
    text(PING_FRAME.ljust(65_536)),
    text(PING_FRAME.ljust(65_537)),
    text(b"\xff"),
    text(b'{"type":"message","body":"\xed\xa0\x80"}'),
    # How it is framed.
    raw(Part(b"binary", BINARY)),
    raw(Part(b"", BINARY)),
    raw(Part(b"\xff" * 70_000, BINARY)),
    raw(Part(b'{"type"', final=False), Part(b':"ping"}', CONTINUATION)),
    raw(Part(b"", final=False), Part(b"", CONTINUATION)),
    raw(Part(b"a" * 40_000, final=False), Part(b"a" * 40_000, CONTINUATION)),
    raw(Part(b"a", final=False), Part(b"b")),
    raw(Part(b"a", CONTINUATION)),
    raw(Part(b"", PING), Part(b"x" * 125, PING), Part(b"", PONG)),
    raw(Part(b"x" * 126, PING)),
    raw(Part(PING_FRAME, masked=False)),
    raw(Part(PING_FRAME, reserved=4)),
    raw(Part(PING_FRAME, 0x3)),
    raw(Part(b"", CLOSE)),
    raw(Part(struct.pack("!H", 1001) + "tschüs".encode(), CLOSE)),
    raw(Part(struct.pack("!H", 4000), CLOSE), Part(PING_FRAME)),
    raw(Part(struct.pack("!H", 1005), CLOSE)),
    raw(Part(struct.pack("!H", 999), CLOSE)),
    raw(Part(b"\x03", CLOSE)),
    raw(Part(struct.pack("!H", 1000) + b"\xff", CLOSE)),
    # How it is opened.
    offer("X-Request-ID: a.b-c_D"),
    offer("X-Request-ID: not one"),
    offer("Sec-WebSocket-Extensions: permessage-deflate"),
    offer("Sec-WebSocket-Protocol: chat"),
    offer("Sec-WebSocket-Protocol: chat.v2,\tchat.v1"),
    offer("Sec-WebSocket-Protocol: chat.v1", "Sec-WebSocket-Protocol: bearer.x"),
    offer("Sec-WebSocket-Protocol: bearer.x"),
    offer("Sec-WebSocket-Protocol: bearer."),
    offer("Sec-WebSocket-Protocol: ,chat.v1,,"),
    *(offer(f"Sec-WebSocket-Protocol: {wrong}") for wrong in ("", ",", "a b", "a;b", "é", '"a"')),
    offer("Origin: http://x"),
    offer("Origin: https://a.example"),
    offer("Origin: https://c.example"),
    offer("Origin: null"),
    offer("Origin: http://["),
    instead("Sec-WebSocket-Version: 8"),
    instead("Sec-WebSocket-Version: x"),
    instead("Sec-WebSocket-Key: x"),
    instead("Connection: keep-alive, upgrade"),
    instead("Upgrade: WebSocket"),
    instead("Upgrade: h2c"),
    Exchange(headers=(*UPGRADE[:3], SIGNED)),
    Exchange(headers=(*UPGRADE[:2], UPGRADE[3], SIGNED)),
    Exchange(headers=(*UPGRADE, f"Sec-WebSocket-Key: {KEY}", SIGNED)),
    # What opens none.
    Exchange(host="evil.example"),
    plain(),
    plain(ROOM, "HEAD"),
    plain(ROOM, "POST"),
    plain(ROOM, "OPTIONS"),
    plain(ROOM, "GET", "Origin: https://a.example"),
    plain(ROOM, "GET", "Origin: https://c.example"),
    plain("/ws/rooms/no.room"),
    plain("/ws"),
    plain("/ws/rooms/"),
    plain("/ws-demo"),
    plain("/ws-demo/demo.js"),
    upgrade("/ws/rooms/no.room"),
    upgrade("/ws/rooms/no.room", "GET", "X-Request-ID: mine", "Origin: https://a.example"),
    upgrade("/ws/rooms/" + "x" * 65),
    upgrade("/ws/rooms/%C3%A9"),
    upgrade("/ws/rooms/a%2Fb"),
    upgrade("/ws/rooms/lobby/"),
    upgrade("/nothing"),
    upgrade("/livez"),
    upgrade(ROOM, "POST"),
    upgrade(ROOM, "HEAD"),
]


def auth_frame(token: bytes) -> bytes:
    return b'{"type":"auth","token":"%s"}' % token


def unsigned(*frames: bytes, headers: tuple[str, ...] = ()) -> Exchange:
    return replace(text(*frames), headers=(*UPGRADE, *headers))


OF_USERS = [
    unsigned(auth_frame(b"{token}")),
    unsigned(auth_frame(b"{token}"), b'{"type":"message","body":"hello"}'),
    unsigned(auth_frame(b"{token}"), auth_frame(b"{token}")),
    unsigned(auth_frame(b"x")),
    unsigned(auth_frame(b"{token} ")),
    unsigned(b'{"type":"auth"}'),
    unsigned(b'{"type":"auth","token":1}'),
    unsigned(PING_FRAME),
    unsigned(b"nonsense"),
    unsigned(b"\xff"),
    unsigned(b"x" * 65_537),
    unsigned(headers=("Sec-WebSocket-Protocol: chat.v1, bearer.{token}",)),
    unsigned(headers=("Sec-WebSocket-Protocol: bearer.x, bearer.{token}",)),
    unsigned(headers=("Sec-WebSocket-Protocol: chat.v1, bearer.",)),
    unsigned(headers=("Sec-WebSocket-Protocol: chat.v2, bearer.x",)),
    unsigned(headers=("Authorization: Bearer x",)),
    unsigned(headers=("Authorization: Basic eDp5",)),
    unsigned(headers=("Authorization: ",)),
    unsigned(headers=(SIGNED, SIGNED)),
    unsigned(headers=("authorization: bearer {token}",)),
    unsigned(headers=("Origin: https://c.example", "Authorization: Bearer x")),
    replace(raw(Part(auth_frame(b"x"), BINARY)), headers=UPGRADE),
    replace(raw(Part(auth_frame(b"{token}"), BINARY)), headers=UPGRADE),
    replace(raw(Part(struct.pack("!H", 1000), CLOSE)), headers=UPGRADE),
]


@pytest.fixture(scope="module")
def bare(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as stack:
        yield pair(projects, "none", tmp_path_factory.mktemp("bare"), stack, websockets=True)


@pytest.fixture(scope="module")
def signed_in(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("signed-in")
        both = pair(projects, "sqlite", folder, stack, "jwt", websockets=True)
        for service in both:
            service.token = lasting_token(service)
        yield both


def told(service: Service, exchange: Exchange) -> tuple[object, list[tuple[int, bytes]]]:
    """All that a client sees: the answer to the handshake, and every frame until the end."""
    token = service.token or ""
    headers = [line.replace("{token}", token) for line in exchange.headers]
    sent = b"".join(part.encoded(token) for part in (*exchange.parts, THE_END))
    with service.connection() as connection:
        request = wire.head(exchange.method, exchange.path, f"Host: {exchange.host}", *headers)
        connection.sendall(request)
        response = HTTPResponse(connection, method=exchange.method)
        response.begin()
        answer = wire.Answer(response.status, response.headers, b"")
        if answer.status_code != 101:
            return seen(replace(answer, content=response.read())), []
        entered = Socket(connection, response, ROOM)
        try:
            received = frames(entered, sent, early=waits_for_token(service, exchange))
            return seen(answer), [(frame.opcode, masked(frame)) for frame in received]
        finally:
            entered.hang_up()


def waits_for_token(service: Service, exchange: Exchange) -> bool:
    """Whether the service says nothing before it has got a frame."""
    shown = any(word in str(exchange.headers) for word in ("uthorization", "bearer."))
    return bool(service.token) and not shown


def frames(entered: Socket, sent: bytes, *, early: bool) -> Iterator[Frame]:
    """What comes until the end, whoever makes it; what is to be said waits for the welcome."""
    said = early
    if early:
        entered.connection.sendall(sent)
    with suppress(ConnectionError, EOFError):
        while True:
            received = entered.receive()
            yield received
            if received.opcode == CLOSE:
                return
            if b'"body":"the end"' in received.payload:
                entered.send(struct.pack("!H", 1000), CLOSE)
            if not said:
                entered.connection.sendall(sent)
                said = True


def masked(frame: Frame) -> bytes:
    """Without what rightly differs between two services: users, times and reasons to close."""
    if frame.opcode == CLOSE and frame.payload[:2] in REASONED:
        return frame.payload[:2]
    payload = re.sub(rb'"user":\d+', b'"user":1', frame.payload)
    time = rb'"sent_at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"'
    return re.sub(time, b'"sent_at":""', payload)


def same(services: Pair, exchange: Exchange) -> None:
    fastapi, flask = (told(service, exchange) for service in services)
    assert flask == fastapi


@pytest.mark.xdist_group("parity-websockets")
@pytest.mark.parametrize("exchange", ANYWHERE, ids=str)
def test_without_users_both_say_the_same(bare: Pair, exchange: Exchange) -> None:
    same(bare, exchange)


@pytest.mark.xdist_group("parity-websockets-jwt")
@pytest.mark.parametrize("exchange", [*ANYWHERE, *OF_USERS], ids=str)
def test_with_users_both_say_the_same(signed_in: Pair, exchange: Exchange) -> None:
    same(signed_in, exchange)
