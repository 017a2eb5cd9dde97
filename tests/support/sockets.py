"""WebSockets by hand: any frame can be sent, also one that no library would send."""

import json
import os
import re
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.support import wire
from tests.support.services import PATIENCE_SECONDS, Service, eventually

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
# What a socket ended with that ended without a close frame.
LOST = 1006
# The example of RFC 6455, and what it is answered with.
KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    f"Sec-WebSocket-Key: {KEY}",
)


@dataclass(frozen=True)
class Frame:
    """A frame as the service sent it."""

    opcode: int
    payload: bytes


class Socket:
    """The client's end of an open socket."""

    def __init__(self, connection: socket.socket, response: HTTPResponse, room: str) -> None:
        self.room = room
        self.connection = connection
        self.response = response
        # It may hold frames that came with the answer to the handshake.
        self._stream = response.fp

    def send(
        self,
        payload: bytes | str,
        opcode: int = TEXT,
        *,
        final: bool = True,
        masked: bool = True,
        reserved: int = 0,
    ) -> None:
        """Send one frame; a good one unless told otherwise."""
        data = payload.encode() if isinstance(payload, str) else payload
        self.connection.sendall(encode(data, opcode, final=final, masked=masked, reserved=reserved))

    def tell(self, content: object) -> None:
        """Send an object."""
        self.send(json.dumps(content))

    def say(self, body: str) -> None:
        """Send a message to the room."""
        self.tell({"type": "message", "body": body})

    def receive(self) -> Frame:
        """The next frame; a ping is answered and passed over, but not for ever."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (received := self.receive_any()).opcode == PING:
            assert time.monotonic() < deadline, f"nothing but pings for {PATIENCE_SECONDS} s"
            self.send(received.payload, PONG)
        return received

    def receive_any(self) -> Frame:
        """The next frame, also a ping; nobody answers it."""
        first, second = self._read(2)
        assert first & 0x70 == 0, "a reserved bit is set"
        assert first & 0x80, "the service never splits a message"
        assert second & 0x80 == 0, "a service masks nothing"
        length = second
        if length == 126:
            (length,) = struct.unpack("!H", self._read(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self._read(8))
        return Frame(first & 0x0F, self._read(length))

    def text(self) -> str:
        """The next frame, which must be a text."""
        received = self.receive()
        assert received.opcode == TEXT, received
        return received.payload.decode()

    def read(self) -> Any:
        """The object in the next frame."""
        return json.loads(self.text())

    def bodies(self, number: int) -> list[str]:
        """What the next messages say, and nothing else may come between them."""
        messages = [self.read() for _ in range(number)]
        assert {message["type"] for message in messages} <= {"message"}
        return [message["body"] for message in messages]

    def hears_nothing(self) -> None:
        """Nothing came before the answer to a ping that is sent now."""
        self.tell({"type": "ping"})
        assert self.text() == '{"type":"pong"}'

    def end(self) -> int:
        """Read to the close frame and answer it; its code, once the service has hung up."""
        code = LOST
        with suppress(EOFError, ConnectionError):
            while (received := self.receive()).opcode != CLOSE:
                pass
            (code,) = struct.unpack("!H", received.payload[:2])
            self.send(received.payload[:2], CLOSE)
            assert self._stream.read(1) == b""
        return code

    def turned_away(self) -> int:
        """The code with which it is closed before anything else is said."""
        first = self.receive()
        assert first.opcode == CLOSE, first
        (code,) = struct.unpack("!H", first.payload[:2])
        return int(code)

    def close(self, code: int = 1000) -> int:
        """Say goodbye; the code that the service says in return."""
        self.send(struct.pack("!H", code), CLOSE)
        return self.end()

    def hang_up(self) -> None:
        """Leave without a goodbye."""
        self._stream.close()
        self.connection.close()

    def _read(self, number: int) -> bytes:
        data = self._stream.read(number)
        if len(data) < number:
            raise EOFError("the service hung up")
        return data


def encode(
    payload: bytes,
    opcode: int = TEXT,
    *,
    final: bool = True,
    masked: bool = True,
    reserved: int = 0,
) -> bytes:
    """A frame, ready to send."""
    length = len(payload)
    mask = 0x80 if masked else 0
    head = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
    if length < 126:
        head += bytes([mask | length])
    elif length < 65536:
        head += struct.pack("!BH", mask | 126, length)
    else:
        head += struct.pack("!BQ", mask | 127, length)
    if not masked:
        return head + payload
    key = os.urandom(4)
    pad = (key * (length // 4 + 1))[:length]
    hidden = int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")
    return head + key + hidden.to_bytes(length, "big")


def new_room() -> str:
    """A room that nobody else is in."""
    return uuid4().hex


def path_of(room: str) -> str:
    return f"/ws/rooms/{room}"


def shake(service: Service, path: str, *headers: str, host: str = "x") -> wire.Answer:
    """How HTTP answers a handshake."""
    with service.connection() as connection:
        connection.sendall(wire.head("GET", path, f"Host: {host}", *UPGRADE, *headers))
        return wire.receive(connection)


def begin(connection: socket.socket, room: str, *headers: str) -> None:
    """Send a handshake."""
    named = any(header.startswith("Host:") for header in headers)
    host = () if named else ("Host: x",)
    connection.sendall(wire.head("GET", path_of(room), *host, *UPGRADE, *headers))


def accepted(connection: socket.socket, room: str = "") -> Socket:
    """The socket, once the service has answered the handshake."""
    response = HTTPResponse(connection)
    response.begin()
    assert response.status == 101, response.read()
    assert response.headers["Sec-WebSocket-Accept"] == ACCEPT
    return Socket(connection, response, room)


@contextmanager
def knock(service: Service, room: str, *headers: str) -> Iterator[Socket]:
    """A socket whose handshake is done; it is not signed in, and has received nothing yet."""
    with service.connection() as connection:
        begin(connection, room, *headers)
        opened = accepted(connection, room)
        try:
            yield opened
        finally:
            opened.hang_up()


@contextmanager
def join(service: Service, room: str, *headers: str) -> Iterator[Socket]:
    """A socket in the room, signed in with the service's token where that is needed."""
    with knock(service, room, *service.credentials, *headers) as entering:
        assert entering.read()["type"] == "welcome"
        yield entering


def lines_of(
    service: Service, request_id: str, within: float = PATIENCE_SECONDS
) -> list[dict[str, Any]]:
    """The lines of a socket in the log, as soon as the last of them is there: the one of its end."""
    found: list[dict[str, Any]] = []

    def logged() -> bool:
        # A line that is being written has no end yet.
        lines = service.stdout.splitlines(keepends=True)
        entries = [json.loads(line) for line in lines if line.endswith("\n")]
        found[:] = [entry for entry in entries if entry.get("request_id") == request_id]
        return any("code" in entry for entry in found)

    eventually(logged, within, f"no line of the log has the request id {request_id}")
    return found


@contextmanager
def nothing_fails(service: Service) -> Iterator[None]:
    """What happens meanwhile, however bad, is no failure of the service."""
    before = len(service.stdout)
    yield
    said = service.stdout[before:]
    assert '"ERROR"' not in said, said
    assert "Traceback" not in said + service.stderr


def worker_of(service: Service, connection: socket.socket) -> int:
    """The process that holds the other end."""
    ours = connection.getsockname()[1]
    ends = re.compile(rf"\S+: \w+:{service.port:04X} \w+:{ours:04X} 01")
    lines = Path("/proc/net/tcp").read_text().splitlines()
    # A list that changes while it is read may show a line twice.
    (inode,) = {line.split()[9] for line in lines if ends.match(line.strip())}
    (worker,) = (
        process for process in service.group() if f"socket:[{inode}]" in open_files(process)
    )
    return worker


def open_files(process: int) -> set[str]:
    """What the descriptors of a process stand for."""
    found = set()
    with suppress(OSError):
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):  # closed meanwhile
                found.add(str(descriptor.readlink()))
    return found


def spread(service: Service, room: str, workers: int, stack: ExitStack) -> dict[int, list[Socket]]:
    """Open sockets until each of so many workers holds one; they are closed with the stack."""
    held: dict[int, list[Socket]] = {}
    for _ in range(40):
        # Many at once, because one idle worker may take all that come one by one.
        connections = [stack.enter_context(service.connection()) for _ in range(8)]
        for connection in connections:
            begin(connection, room, *service.credentials)
        for connection in connections:
            entered = accepted(connection, room)
            stack.callback(entered.hang_up)
            assert entered.read()["type"] == "welcome"
            worker = worker_of(service, entered.connection)
            if len(held.setdefault(worker, [])) < 2:
                held[worker].append(entered)
            else:
                entered.hang_up()
        if len(held) == workers and all(len(sockets) == 2 for sockets in held.values()):
            return held
    raise AssertionError(f"{len(held)} of {workers} workers took sockets")
