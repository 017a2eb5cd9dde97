"""One open socket."""

import logging
import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from socket import SHUT_RDWR, SHUT_WR, SO_SNDBUF, SOL_SOCKET, socket
from threading import Event, RLock, Thread
from time import monotonic
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Response
from websockets.frames import CTRL_OPCODES, CloseCode, Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from app.server.websocket_handshake import accept, protocol_logger
from app.websockets.limits import (
    MAX_MESSAGE_BYTES,
    MAX_WAITING_BYTES,
    PING_SECONDS,
    SEND_BUFFER_BYTES,
    STALL_SECONDS,
)
from app.websockets.rate_limit import RateLimit

READ_BYTES = 4096
# How long a client may take to hang up once the socket is closed.
HANG_UP_SECONDS = 1

logger = logging.getLogger(__name__)


class Connection:
    """A socket that its thread reads and any thread may write to, without waiting."""

    def __init__(self, environ: WSGIEnvironment, subprotocol: str | None) -> None:
        self._socket: socket = environ["gunicorn.socket"]
        self._socket.setsockopt(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES)
        self._socket.settimeout(STALL_SECONDS)
        self._protocol = ServerProtocol(
            state=OPEN, max_size=MAX_MESSAGE_BYTES, logger=protocol_logger
        )
        # What has come of a message, and whether it is text.
        self._message, self._is_text = bytearray(), False
        self._heard_at = monotonic()
        self._ping_at = self._heard_at + PING_SECONDS
        self._lock = RLock()
        self._queue: deque[bytes] = deque()
        self._waiting_bytes = 0
        # Only a client that reads slowly has one, or one that is to hang up.
        self._writer: Thread | None = None
        self._closing, self._gone = Event(), Event()
        self._send(accept(environ, subprotocol))

    @property
    def code(self) -> int:
        """The code that closed it; a connection may be lost without one."""
        close = self._protocol.close_sent
        return close.code if close else CloseCode.ABNORMAL_CLOSURE

    def receive(self) -> Iterator[str | bytes]:
        """Yield what the client says, not faster than it may, until the socket is closed."""
        rate_limit = RateLimit()
        while (data := self._read()) and not self._closing.is_set():
            self._call(self._protocol.receive_data, data)
            for frame in self._protocol.events_received():
                if (message := self._complete(frame)) is not None:
                    yield message
                self._closing.wait(rate_limit.delay())
                if self._closing.is_set():
                    return
            # The client has closed the socket, or broken the protocol.
            if self._protocol.eof_sent:
                self._hang_up()

    def put(self, frame: str) -> None:
        """Send a frame, or close the socket of a client for which too much waits."""
        data = _serialize(frame)
        with self._lock:
            if self._protocol.state is OPEN:
                self._send(data)

    def close(self, code: int) -> None:
        """Close the socket, after what was put into it before."""
        self._call(self._protocol.send_close, code)
        self._hang_up()

    def end(self) -> None:
        """Wait until the client has hung up, and drop what it has not read."""
        # With something unread, the kernel would reset the connection, and the code be lost.
        while self._closing.is_set() and self._read():
            pass
        with self._lock:
            self._protocol.receive_eof()
            self._gone.set()
            self._queue.clear()
            writer = self._writer
        self._shut_down()
        if writer:
            writer.join()

    def _complete(self, frame: Any) -> str | bytes | None:
        """Return the message that is complete with this frame, if one is."""
        if frame.opcode in CTRL_OPCODES:
            return None
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._message += frame.data
        if not frame.fin:
            return None
        message, self._message = bytes(self._message), bytearray()
        try:
            return message.decode() if self._is_text else message
        except UnicodeDecodeError:
            self.close(CloseCode.INVALID_DATA)
            return None

    def _read(self) -> bytes:
        """Wait for what the client sends; nothing comes once it is gone."""
        with suppress(OSError):
            while monotonic() < self._heard_at + 2 * PING_SECONDS:
                if monotonic() >= self._ping_at:
                    self._ping_at = monotonic() + PING_SECONDS
                    self._call(self._protocol.send_ping, b"")
                with suppress(TimeoutError):
                    data = self._socket.recv(READ_BYTES)
                    self._heard_at = monotonic()
                    return data
        return b""

    def _call(self, method: Callable[[Any], None], argument: bytes | int) -> None:
        """Call a method of the protocol, unless it is closed, and send what comes of it."""
        with self._lock:
            if self._protocol.state is OPEN:
                method(argument)
                self._send(b"".join(self._protocol.data_to_send()))

    def _send(self, data: bytes) -> None:
        """Send what the kernel takes at once, which for most clients is all; keep the rest."""
        try:
            if data and self._writer is None:
                data = data[os.write(self._socket.fileno(), data) :]
        except BlockingIOError:
            pass
        except OSError:
            # The client is gone, though what it sent may still take long to read.
            self._closing.set()
            return
        if self._waiting_bytes + len(data) > MAX_WAITING_BYTES and self._protocol.state is OPEN:
            self._close_slow()
        elif data:
            self._enqueue(data)

    def _close_slow(self) -> None:
        """Drop what waits, so that the client can soon read why its socket is closed."""
        self._queue.clear()
        self._waiting_bytes = 0
        self.close(CloseCode.POLICY_VIOLATION)

    def _hang_up(self) -> None:
        """End the connection once everything is sent."""
        with self._lock:
            self._closing.set()
            self._enqueue(b"")

    def _enqueue(self, data: bytes) -> None:
        """Have the writer send this; after nothing it ends the connection."""
        self._queue.append(data)
        self._waiting_bytes += len(data)
        if self._writer is None and not self._gone.is_set():
            self._writer = Thread(target=self._write, daemon=True)
            self._writer.start()

    def _write(self) -> None:
        """Send what waits, until nothing more does or the connection ends."""
        with suppress(OSError):
            while True:
                with self._lock:
                    if not self._queue:
                        self._writer = None
                        return
                    data = self._queue.popleft()
                    self._waiting_bytes -= len(data)
                if not data:
                    break
                self._write_frame(data)
            self._socket.shutdown(SHUT_WR)
            self._gone.wait(HANG_UP_SECONDS)
        # This wakes the thread that reads, which then stops.
        self._closing.set()
        self._shut_down()

    def _write_frame(self, data: bytes) -> None:
        """Send a frame; where the client takes nothing of it, close the socket after it."""
        while data:
            try:
                data = data[self._socket.send(data) :]
            except TimeoutError:
                with self._lock:
                    if self._protocol.state is not OPEN:
                        raise
                    self._close_slow()

    def _shut_down(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(SHUT_RDWR)


@lru_cache(maxsize=1)
def _serialize(frame: str) -> bytes:
    """Write a frame; all sockets of a room share what comes of it."""
    return Frame(Opcode.TEXT, frame.encode()).serialize(mask=False)


@contextmanager
def open_connection(environ: WSGIEnvironment, subprotocol: str | None) -> Iterator[Connection]:
    """Accept a socket, and close it in the end."""
    connection = environ["app.socket"] = Connection(environ, subprotocol)
    try:
        yield connection
    except Exception:
        # HTTP has no answer to it any more.
        logger.exception("the socket failed")
        connection.close(CloseCode.INTERNAL_ERROR)
    connection.end()


def end_request(environ: WSGIEnvironment) -> Response:
    """Answer the request that a socket began with, when there is nothing left to answer."""
    if "gunicorn.socket" in environ:
        # So Gunicorn learns that the connection is used up.
        raise StopIteration
    return Response()
