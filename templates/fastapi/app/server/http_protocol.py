"""Uvicorn's HTTP, where a slow client holds nothing up, and what is no HTTP gets a problem."""

import asyncio
import logging
from contextlib import suppress
from socket import MSG_PEEK, SHUT_WR, fromfd
from typing import NoReturn
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.server.refusals import (
    HEAD_SECONDS,
    HEAD_TOO_LARGE,
    INVALID_HOST,
    INVALID_HTTP,
    LINGER_SECONDS,
    MAX_FIELDS,
    MAX_HEAD_BYTES,
    MOVE_BYTES,
    MOVE_SECONDS,
    READ_SECONDS,
    TOO_SLOW,
    VALID_HOST,
    refuse,
)

# Uvicorn warns of each request that is no HTTP, of which `refuse` has a line.
logger = logging.getLogger(__name__)
logger.setLevel(logging.ERROR)

# How long a client that sends no more is waited for; one that has hung up looks the same.
LAST_ANSWER_SECONDS = 10
# What a client has to send now.
NOTHING, HEAD, BODY = range(3)


class HttpProtocol(HttpToolsProtocol):
    """One connection.

    Uvicorn (0.54) documents the hook, `http=`, and not the class behind it. Used of that are
    `cycle`, `flow`, `headers`, `logger`, `parser`, `url` and the methods that are overridden here.
    """

    # True once the service stops: each answer is then the last of its connection.
    draining = False
    # The worker sets what its files allow.
    max_connections = 1000

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Await a request, though not for ever."""
        self.logger = logger
        super().connection_made(transport)
        if len(self.connections) > self.max_connections:
            self._make_room()
        self._begun = self._in_body = self._progress = self._ended = False
        self._refuses_next = False
        self._unparsed = self._moved = 0
        self._refusal = 400, INVALID_HTTP, "/"
        self._awaited = HEAD
        self._deadline: asyncio.TimerHandle | None = None
        self._write_deadline: asyncio.TimerHandle | None = None
        self._answered: RequestResponseCycle | None = None
        self._open_window()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._tell_gone()
        super().connection_lost(exc)
        self._ended = True
        for timer in (self._deadline, self._write_deadline):
            if timer:
                timer.cancel()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer a request that is whole, although its client sends no more."""
        self._stop_waiting()
        if self._begun:
            self.send_400_response(INVALID_HTTP)
        cycle = self.cycle
        if not self._is_busy() or cycle.disconnected or cycle.response_started:
            # Uvicorn closes the connection.
            return False
        cycle.keep_alive = self._refuses_next
        self._deadline = self.loop.call_later(LAST_ANSWER_SECONDS, self.transport.close)
        return True

    def data_received(self, data: bytes) -> None:
        """Parse what has come, and see what is awaited next."""
        if self._ended:
            return
        self._moved += len(data)
        self._unparsed += len(data)
        self._progress = False
        super().data_received(data)
        if self._ended:
            return
        if self._progress and not self._begun and self._awaited == NOTHING:
            # A whole request, as nearly all of them come.
            self._unparsed = 0
            return
        if self._in_body:
            awaited = BODY
        elif self._begun or not self._is_busy():
            awaited = HEAD
        else:
            awaited = NOTHING
        if self._progress:
            self._unparsed = len(data) if awaited == HEAD else 0
        elif self._unparsed > MAX_HEAD_BYTES:
            self._refusal = 431, HEAD_TOO_LARGE, "/"
            self.send_400_response(HEAD_TOO_LARGE)
            return
        if awaited != self._awaited or (self._progress and awaited == HEAD):
            self._awaited = awaited
            self._open_window()

    def on_message_begin(self) -> None:
        """Begin a head."""
        self._begun = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Check the head, and give the request to the application."""
        self._progress = True
        fields = dict(self.headers)
        repeated = len(fields) < len(self.headers)
        version = self.parser.get_http_version()
        if version != "1.1":
            if version != "1.0" or b"transfer-encoding" in fields:
                self._refuse(400, INVALID_HTTP)
            self.expect_100_continue = False
        if fields.get(b"transfer-encoding", b"chunked").strip().lower() != b"chunked":
            self._refuse(400, INVALID_HTTP)
        if self.url == b"*" and self.parser.get_method() != b"OPTIONS":
            self._refuse(400, INVALID_HTTP)
        if repeated and self._count(b"content-type") > 1:
            self._refuse(400, INVALID_HTTP)
        host = fields.get(b"host", b"")
        if (repeated and self._count(b"host") > 1) or (
            not VALID_HOST.fullmatch(host) and (host or version == "1.1")
        ):
            self._refuse(400, INVALID_HOST, unquote(httptools.parse_url(self.url).path))
        if len(self.headers) > MAX_FIELDS or self._unparsed > MAX_HEAD_BYTES < self._head_bytes():
            self._refuse(431, HEAD_TOO_LARGE)
        super().on_headers_complete()
        self._in_body = True
        if not (self.parser.should_upgrade() and self._should_upgrade()):
            # The fields after a chunked body are none of the request's.
            self.headers = []
            if self.draining:
                self.cycle.keep_alive = False
            if not self.pipeline:
                self._answered = self.cycle

    def on_body(self, body: bytes) -> None:
        """Note that the body comes on."""
        self._progress = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request is whole."""
        self._progress = True
        self._begun = self._in_body = False
        if self.headers and not self.parser.should_keep_alive():
            # So say the fields after the body, and the parser reads no further.
            self.cycle.keep_alive = False
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over."""
        self._ended = True
        self._stop_waiting()
        super().handle_websocket_upgrade()

    def on_response_complete(self) -> None:
        """Await the next request, and that the client takes the answer."""
        if self.pipeline:
            self._answered = self.pipeline[-1][0]
        super().on_response_complete()
        if self._refuses_next and not self._is_busy() and not self.transport.is_closing():
            self._end(refuse(self.app.state.settings, *self._refusal))
        if self._write_deadline or self.transport.get_write_buffer_size():
            self._watch_writing()

    def pause_writing(self) -> None:
        """Wait for a client that does not read, but not for ever."""
        super().pause_writing()
        self._watch_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, unless a request has just come."""
        if self._end_idle():
            super().timeout_keep_alive_handler()

    def shutdown(self) -> None:
        """Answer what has come of a request, and close where nothing has."""
        self.draining = True
        if self._is_busy() or self._in_body or (not self._begun and self._end_idle()):
            super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, or no request that the service takes."""
        if self._ended or self.transport.is_closing():
            return
        if self._is_busy() and not self._in_body:
            # It came after a request that is answered first.
            self._ended = self._refuses_next = True
        elif self._is_busy() and self.cycle.response_started:
            self.transport.close()
        else:
            if self._is_busy():
                self.cycle.disconnected = True
                self.cycle.message_event.set()
            self._end(refuse(self.app.state.settings, *self._refusal))

    def _count(self, name: bytes) -> int:
        return [field for field, _ in self.headers].count(name)

    def _head_bytes(self) -> int:
        line = b" ".join((self.parser.get_method(), self.url, b"HTTP/1.1"))
        return len(line) + 4 + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _refuse(self, status: int, detail: str, path: str = "/") -> NoReturn:
        self._refusal = status, detail, path
        raise ValueError(detail)

    def _end(self, response: bytes) -> None:
        """Send the last response. Closed with something unread, the connection would be reset."""
        self._ended = True
        self._stop_waiting()
        self.transport.write(response)
        self.transport.write_eof()
        self._deadline = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def _make_room(self) -> None:
        """Cut off who has waited the longest for a client; else nobody new could connect."""
        waiting = {}
        for other in self.connections:
            if isinstance(other, HttpProtocol) and other is not self:
                timer = other._deadline or other.timeout_keep_alive_task
                if timer:
                    waiting[other] = timer.when()
        if waiting:
            min(waiting, key=waiting.__getitem__).transport.abort()

    def _is_busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _end_idle(self) -> bool:
        """Send FIN unless a request has just come; the transport would send it a moment later."""
        its = self.transport.get_extra_info("socket")
        if not self.transport.get_write_buffer_size():
            with suppress(OSError), fromfd(its.fileno(), its.family, its.type) as connection:
                with suppress(BlockingIOError):
                    if connection.recv(1, MSG_PEEK):
                        return False
                connection.shutdown(SHUT_WR)
        return True

    def _open_window(self) -> None:
        self._stop_waiting()
        self._moved = 0
        if self._awaited != NOTHING:
            seconds = HEAD_SECONDS if self._awaited == HEAD else MOVE_SECONDS
            self._deadline = self.loop.call_later(seconds, self._close_window)

    def _stop_waiting(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _close_window(self) -> None:
        """End the connection of a client that has sent too little."""
        cycle, busy = self.cycle, self._is_busy()
        if not busy and self._begun and not self._in_body:
            self._end(refuse(self.app.state.settings, 408, TOO_SLOW))
        elif not busy:
            self.transport.close()
        elif (
            self._awaited == HEAD
            or self._moved >= MOVE_BYTES
            # It waits for the service.
            or self.flow.read_paused
            or cycle.waiting_for_100_continue
        ):
            self._open_window()
        elif cycle.response_started:
            self.transport.close()
        else:
            # The middleware answers it.
            cycle.scope["state"]["too_slow"] = True
            cycle.keep_alive = False
            cycle.message_event.set()
            self._open_window()

    def _tell_gone(self) -> None:
        """Have nothing more written; Uvicorn tells only the last of several requests at once."""
        if self._answered:
            self._answered.disconnected = True

    def _watch_writing(self) -> None:
        if self._write_deadline:
            self._write_deadline.cancel()
        left = self.transport.get_write_buffer_size()
        self._write_deadline = (
            self.loop.call_later(READ_SECONDS, self._check_writing, left) if left else None
        )

    def _check_writing(self, before: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left and before - left < MOVE_BYTES:
            self._tell_gone()
            self.transport.abort()
        else:
            self._watch_writing()
