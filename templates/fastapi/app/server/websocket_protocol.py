"""Uvicorn's WebSockets, where a client that floods, stalls or vanishes holds nothing up."""

import asyncio
import logging
from collections.abc import Callable
from socket import SO_SNDBUF, SOL_SOCKET
from typing import Any

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame, Opcode

from app.websockets.limits import PING_SECONDS, SEND_BUFFER_BYTES, STALL_SECONDS
from app.websockets.rate_limit import RateLimit

# How long a client may leave unread what it was sent when the service ends.
LAST_STALL_SECONDS = 1
# So much is read of one client before others have their turn.
PIECE_BYTES = 1024
# Frames that get to the application are slowed down there.
MESSAGES = (Opcode.TEXT, Opcode.BINARY)

# The libraries log query strings, headers and messages, and what clients do wrong as errors. What
# the application does wrong, app.server.websocket_middleware logs.
logger = logging.getLogger(__name__)
logger.setLevel(logging.CRITICAL)


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Reads in small pieces, stops reading where the client does, and ends in bounded time."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.logger = self.conn.logger = logger
        self.conn.debug = False
        self._unread = bytearray()
        self._rate_limit = RateLimit()
        self._delay = 0.0
        self._next_piece: asyncio.TimerHandle | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Have the kernel keep little, and so tell soon that the client reads."""
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES)

    def data_received(self, data: bytes) -> None:
        """Keep what the client sent until it is due."""
        # What follows the end does not count.
        if not self.conn.eof_sent:
            self._unread += data
            self._read_piece()

    def _read_piece(self) -> None:
        self._next_piece = None
        self._delay = 0.0
        if self._ready():
            piece = bytes(self._unread[:PIECE_BYTES])
            del self._unread[:PIECE_BYTES]
            super().data_received(piece)
        self._read_on()

    def _ready(self) -> bool:
        """Tell whether the application has taken everything, and the client too."""
        return self.writable.is_set() and (self.close_sent or self.queue.empty())

    def _read_on(self) -> None:
        """Read the next piece, or have the client wait."""
        self.read_paused = bool(self._unread) or not self._ready()
        if self.read_paused:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()
        if self._unread and self._ready() and self._next_piece is None:
            self._next_piece = self.loop.call_later(self._delay, self._read_piece)

    def handle_events(self) -> None:
        """Count the frames that never get to the application."""
        for event in self.conn.events:
            if isinstance(event, Frame) and event.opcode not in MESSAGES:
                self._delay = self._rate_limit.delay()
        super().handle_events()

    async def receive(self) -> ASGIReceiveEvent:
        """Hand over what the client sent."""
        message = await super().receive()
        self._read_on()
        return message

    async def send(self, message: ASGISendEvent) -> None:
        """Send to the client, as long as it is there."""
        if self.close_sent or self.transport.is_closing():
            raise ClientDisconnected
        if message["type"] == "websocket.close":
            # Nothing comes after it, so it need not wait until the client reads.
            self.writable.set()
        await super().send(message)
        if message["type"] == "websocket.accept":
            # Kilobytes of headers, which are not needed any more.
            del self.request, self.response
        self._read_on()

    def pause_writing(self) -> None:
        """Wait for a client that does not read, but not for ever."""
        super().pause_writing()
        self._set_deadline(STALL_SECONDS, self._close_slow)
        self._read_on()

    def _close_slow(self) -> None:
        """Close the socket of a client that does not read, and let it have as long to read why."""
        self.conn.fail(CloseCode.POLICY_VIOLATION)
        self.handle_parser_exception()
        self._abort_after(STALL_SECONDS)

    def resume_writing(self) -> None:
        """Go on with a client that reads again."""
        super().resume_writing()
        if self._deadline and not (self.close_sent or self.transport.is_closing()):
            self._deadline.cancel()
        self._read_on()

    def keepalive_timeout(self) -> None:
        """Give a client up that does not answer."""
        if self.read_paused:
            # The answer may be among what is still unread.
            self.pong_timer = self.loop.call_later(PING_SECONDS, self.keepalive_timeout)
            return
        super().keepalive_timeout()
        self._abort_after(STALL_SECONDS)

    def handle_parser_exception(self) -> None:
        """Close a socket whose client broke the protocol, so that it can read why."""
        assert self.conn.close_sent is not None
        code, reason = self.conn.close_sent.code, self.conn.close_sent.reason
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        # Closed with something unread, the connection would be reset, and the code lost.
        self._unread.clear()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)
        if self.conn.eof_sent and self.transport.can_write_eof():
            self.transport.write_eof()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """Free a connection that is not used any more."""
        super().on_task_complete(task)
        self._abort_after(STALL_SECONDS)

    def shutdown(self) -> None:
        """Close the socket because the service ends."""
        if not self.transport.is_closing():
            super().shutdown()
        self._abort_after(LAST_STALL_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the application how it ended."""
        sent = self.conn.close_sent
        code = sent.code if sent else CloseCode.ABNORMAL_CLOSURE
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": ""})
        super().connection_lost(exc)
        self._unread.clear()
        for timer in (self._next_piece, self._deadline):
            if timer:
                timer.cancel()

    def _abort_after(self, seconds: float) -> None:
        self._set_deadline(seconds, self.transport.abort)

    def _set_deadline(self, seconds: float, end: Callable[[], None]) -> None:
        if self._deadline:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, end)
