"""One open socket."""

import logging
import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from socket import SHUT_RDWR, SHUT_WR, SO_SNDBUF, SOL_SOCKET, socket
from threading import Event, RLock, Thread
from time import monotonic
from types import TracebackType
from typing import Self
from wsgiref.types import WSGIEnvironment

from wsproto.frame_protocol import Frame, FrameProtocol, Opcode, ParseFailed

from app.websockets.frames import MAX_FRAME_BYTES
from app.websockets.handshake import accept
from app.websockets.pace import Pace

# A connection that was lost without a word.
LOST = 1006
TOO_SLOW = 1008
TOO_LARGE = 1009
FAILED = 1011
# So many frames wait for a client that reads slowly, and so many bytes in the kernel.
MAX_QUEUE = 256
SEND_BUFFER_BYTES = 65_536
READ_BYTES = 4096
# How long a client may take to read a frame.
STALL_SECONDS = 10
# How often a client is asked whether it is there, and how long it may be silent.
PING_SECONDS = 20
SILENCE_SECONDS = 40
# How long it may take to hang up once the socket is closed.
HANG_UP_SECONDS = 1

logger = logging.getLogger(__name__)


class Connection:
    """A socket that its thread reads and any thread may write to, without waiting.

    It takes the place of simple-websocket's class, which would keep all that a client sends.
    """

    def __init__(self, environ: WSGIEnvironment, **_options: object) -> None:
        # The code that either side closed it with.
        self.code = LOST
        self.mode = "gunicorn" if "gunicorn.socket" in environ else "werkzeug"
        self._socket: socket = environ[f"{self.mode}.socket"]
        self._socket.setsockopt(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES)
        self._socket.settimeout(STALL_SECONDS)
        self._protocol = FrameProtocol(client=False, extensions=[])
        # What has come of a message.
        self._message = bytearray()
        self._ping_at = monotonic() + PING_SECONDS
        self._silence = 0
        self._lock = RLock()
        self._queue: deque[bytes | bytearray] = deque()
        # Only a client that reads slowly has one, or one that is to hang up.
        self._writer: Thread | None = None
        self._last: tuple[int, bytearray] | None = None
        self._closing = Event()
        self._gone = Event()
        environ["app.socket"] = self
        self._put(accept(environ))

    def __enter__(self) -> Self:
        """Leave it open as long as the block runs."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> bool:
        """Close it; a failure is logged here, for HTTP has no answer to it any more."""
        if error:
            logger.error("the socket failed", exc_info=error)
            self.close(FAILED)
        # With something unread, the kernel would reset the connection, and the code be lost.
        while self._closing.is_set() and self._read():
            pass
        with self._lock:
            self._gone.set()
            self._queue.clear()
            writer = self._writer
        with suppress(OSError):
            self._socket.shutdown(SHUT_RDWR)
        if writer:
            writer.join()
        return True

    def receive(self) -> Iterator[str | bytes]:
        """Yield what the client says, not faster than it may, until the socket is closed."""
        pace = Pace()
        try:
            while (data := self._read()) and not self._closing.is_set():
                self._protocol.receive_bytes(data)
                for frame in self._protocol.received_frames():
                    message = self._take(frame)
                    if message is not None:
                        yield message
                    if frame.frame_finished:
                        self._closing.wait(pace.delay())
                    if self._closing.is_set():
                        return
                if len(self._message) + self._announced() > MAX_FRAME_BYTES:
                    self.close(TOO_LARGE)
        except ParseFailed as error:
            self.close(error.code)

    def put(self, frame: str) -> None:
        """Send a frame, or close the socket of a client that is too slow."""
        with self._lock:
            self._put(self._protocol.send_data(frame))

    def close(self, code: int = 1000) -> None:
        """Close the socket, after what was put into it before."""
        self._close(code, "")

    def _close(self, code: int, reason: str) -> None:
        with self._lock:
            if not (self._closing.is_set() or self._gone.is_set()):
                self._last = code, self._protocol.close(code, reason)
                self._closing.set()
                self._start_writer()

    def _put(self, data: bytes | bytearray) -> None:
        with self._lock:
            if self._closing.is_set() or self._gone.is_set():
                return
            if self._writer is None:
                data = data[self._send(data) :]
            if data and len(self._queue) >= MAX_QUEUE:
                self._queue.clear()
                self.close(TOO_SLOW)
            elif data:
                self._queue.append(data)
                self._start_writer()

    def _send(self, data: bytes | bytearray) -> int:
        """Send what the kernel takes at once, which for most clients is all."""
        try:
            return os.write(self._socket.fileno(), data)
        except BlockingIOError:
            return 0
        except OSError:
            # The client is gone, though what it sent may still take long to read.
            self._closing.set()
            return len(data)

    def _start_writer(self) -> None:
        if self._writer is None:
            self._writer = Thread(target=self._write, daemon=True)
            self._writer.start()

    def _write(self) -> None:
        """Send what waits, and close the socket where that comes next."""
        with suppress(OSError):
            while True:
                with self._lock:
                    if self._queue:
                        data = self._queue.popleft()
                    elif self._last:
                        code, goodbye = self._last
                        break
                    else:
                        self._writer = None
                        return
                self._socket.sendall(data)
            self._socket.sendall(goodbye)
            self.code = code
            self._socket.shutdown(SHUT_WR)
            self._gone.wait(HANG_UP_SECONDS)
        # Whoever reads is woken up, and reads no further.
        self._closing.set()
        with suppress(OSError):
            self._socket.shutdown(SHUT_RDWR)

    def _take(self, frame: Frame) -> str | bytes | None:
        """Answer a frame of the protocol; return a message that is complete with this one."""
        payload = frame.payload
        if isinstance(payload, tuple):
            self.code, reason = payload
            self._close(self.code, reason)
            return None
        data = payload.encode() if isinstance(payload, str) else payload
        if frame.opcode.iscontrol():
            if frame.opcode is Opcode.PING:
                self._put(self._protocol.pong(data))
            return None
        self._message += data
        if len(self._message) > MAX_FRAME_BYTES:
            self.close(TOO_LARGE)
            return None
        if not frame.message_finished:
            return None
        message, self._message = self._message, bytearray()
        return message.decode() if isinstance(payload, str) else bytes(message)

    def _read(self) -> bytes:
        """Wait for what the client sends; nothing comes once it is gone."""
        while self._silence < SILENCE_SECONDS:
            if monotonic() >= self._ping_at:
                self._ping_at = monotonic() + PING_SECONDS
                self._put(self._protocol.ping())
            try:
                data = self._socket.recv(READ_BYTES)
            except TimeoutError:
                self._silence += STALL_SECONDS
            except OSError:
                break
            else:
                self._silence = 0
                return data
        return b""

    def _announced(self) -> int:
        """Count the bytes that are missing of a message; wsproto tells only of those that came."""
        decoder = self._protocol._frame_decoder
        if decoder.header is None or decoder.header.opcode.iscontrol():
            return 0
        return decoder.header.payload_len - decoder.payload_consumed
