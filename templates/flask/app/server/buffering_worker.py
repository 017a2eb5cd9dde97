"""A worker of Gunicorn whose threads do not wait for slow clients.

One thread waits for all clients: it reads requests until they are whole, and sends what clients do
not take at once. The others compute the answers.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from math import inf
from queue import Empty, SimpleQueue
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from socket import socket
from time import monotonic, time
from typing import Any
from urllib.parse import unquote

from gunicorn import util
from gunicorn.http import wsgi
from gunicorn.http.message import Request
from gunicorn.workers.base import Worker

from app.http_security import PROBES
from app.logging import request_id
from app.problems import DETAILS
from app.server.client_connection import ClientConnection, Phase
from app.server.refusals import (
    HEAD_SECONDS,
    INVALID_HTTP,
    LINGER_SECONDS,
    MOVE_SECONDS,
    READ_SECONDS,
    TOO_SLOW,
    refuse,
)
from app.server.request_body import RefusedError
from app.server.request_head import WholeHead
from app.server.stopping import DRAIN_SECONDS, GRACE_SECONDS

PROBE_THREADS = 4
SPARE_FILES = 20
# How often deadlines are looked at.
CHECK_SECONDS = 0.5

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# Many answers have the same second.
write_date = lru_cache(maxsize=1)(util.http_date)


class Response(wsgi.Response):
    """A response that does not say which server made it."""

    def default_headers(self) -> list[str]:
        """Leave out the name of the server, and what HTTP/1.1 takes for granted."""
        fields = [f"HTTP/1.1 {self.status}\r\n", f"Date: {write_date(int(time()))}\r\n"]
        if self.upgrade:
            fields.append("Connection: upgrade\r\n")
        elif self.should_close():
            fields.append("Connection: close\r\n")
        if self.chunked:
            fields.append("Transfer-Encoding: chunked\r\n")
        return fields


class BufferingWorker(Worker):
    """A worker that gives a request a thread once all of it is there."""

    app: Any

    def init_process(self) -> None:
        """Make what this process alone has."""
        self.threads = ThreadPoolExecutor(self.cfg.threads)
        self.probe_threads = ThreadPoolExecutor(PROBE_THREADS)
        self.selector = DefaultSelector()
        self.connections: set[ClientConnection] = set()
        # Those that wait for their clients; the first has done so for the longest time.
        self.waiting: dict[ClientConnection, None] = {}
        self.answered: SimpleQueue[ClientConnection] = SimpleQueue()
        self.allowed_seconds = {
            Phase.IDLE: self.cfg.keepalive,
            Phase.HEAD: HEAD_SECONDS,
            Phase.BODY: MOVE_SECONDS,
            Phase.WAIT: inf,
            Phase.READ: READ_SECONDS,
            Phase.LEAVE: LINGER_SECONDS,
        }
        self.max_connections = self.cfg.worker_connections
        self.listens = False
        # Whether the thread that waits has been told of answers.
        self.is_called = False
        self.check_at, self.stop_at = 0.0, inf
        super().init_process()

    def choose_threads(self, request: Request) -> ThreadPoolExecutor:
        """Choose who answers a request; probes are answered whatever the others wait for."""
        return self.probe_threads if request.path in PROBES else self.threads

    def run(self) -> None:
        """Answer requests until a signal says to stop, and then those that are under way."""
        self.selector.register(self.PIPE[0], EVENT_READ, self._finish_answered)
        for listener in self.sockets:
            listener.setblocking(False)
        while monotonic() < self.stop_at and os.getppid() == self.ppid:
            self._listen(len(self.connections) < self.max_connections or bool(self.waiting))
            self._turn()
        self.stop()
        while self.connections and monotonic() < self.stop_at + GRACE_SECONDS:
            self._turn()
        self.threads.shutdown(wait=False, cancel_futures=True)

    def stop(self) -> None:
        """Take who still waits, and close: the kernel would go on accepting."""
        self.stop_at = min(self.stop_at, monotonic())
        self._listen(False)
        for listener in self.sockets:
            while self._accept(listener):
                pass
            listener.close()
        self.allowed_seconds[Phase.IDLE] = DRAIN_SECONDS
        for connection in [c for c in self.waiting if not c.reader.has_begun]:
            if connection.phase is Phase.IDLE:
                self._end(connection)
            else:
                connection.deadline = monotonic() + DRAIN_SECONDS

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Answer /readyz with 503 from now on, and stop a little later."""
        self.app.wsgi().extensions["draining"] = True
        self.stop_at = min(self.stop_at, monotonic() + DRAIN_SECONDS)

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Stop at once."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        super().handle_quit(sig, frame)

    def _turn(self) -> None:
        """Wait until something happens, though not beyond the next deadline."""
        self.notify()
        now = monotonic()
        wait = min(self.check_at, self.stop_at if self.stop_at > now else inf) - now
        for key, _ in self.selector.select(max(wait, 0)):
            key.data(key.fileobj)
        if monotonic() >= self.check_at:
            self.check_at = monotonic() + CHECK_SECONDS
            for connection in [c for c in self.connections if c.deadline < monotonic()]:
                self._expire(connection)

    def _listen(self, wanted: bool) -> None:
        if wanted == self.listens:
            return
        self.listens = wanted
        for listener in self.sockets:
            if wanted:
                self.selector.register(listener, EVENT_READ, self._accept)
            else:
                self.selector.unregister(listener)

    def _accept(self, listener: socket) -> bool:
        """Take one connection; where no more fit, in the place of one that waits."""
        while self.waiting and len(self.connections) >= self.max_connections:
            self._end(next(iter(self.waiting)))
        try:
            sock, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            # Another worker was faster, or the client has gone.
            return False
        except OSError:
            # The process has no descriptor left, and answers may need some.
            self.max_connections = max(len(self.connections) - SPARE_FILES, 1)
            return False
        server = listener.getsockname()
        limit = self.app.settings.body_limit
        connection = ClientConnection(sock, address, server, self.cfg, limit)
        self.connections.add(connection)
        self.waiting[connection] = None
        self._enter(connection, Phase.HEAD)
        self.selector.register(connection, EVENT_READ, self._react)
        return True

    def _enter(self, connection: ClientConnection, phase: Phase) -> None:
        connection.phase, connection.moved = phase, 0
        connection.deadline = monotonic() + self.allowed_seconds[phase]

    def _react(self, connection: ClientConnection) -> None:
        """Go on with a connection that has become readable, or takes more of its answer."""
        if connection.fileno() == -1:
            # Closed since the selector looked.
            return
        if connection.phase is Phase.WAIT:
            # What comes now is read after the answer.
            with suppress(KeyError):
                self.selector.unregister(connection)
            return
        if connection.phase is Phase.READ:
            self._send(connection)
            return
        data = connection.receive()
        if data == b"" and connection.reader.has_begun and connection.phase is not Phase.LEAVE:
            self._refuse(connection, RefusedError(400, INVALID_HTTP))
        elif data == b"":
            self._close(connection)
        elif data and connection.phase is not Phase.LEAVE:
            connection.reader.feed(data)
            self._read(connection)

    def _read(self, connection: ClientConnection) -> None:
        """Hand a request over, once it is whole."""
        reader = connection.reader
        try:
            request = reader.take()
        except RefusedError as refused:
            self._refuse(connection, refused)
            return
        if request:
            self._hand_over(connection, request)
            return
        if reader.is_asked:
            reader.is_asked = False
            with suppress(OSError):
                connection.socket.send(CONTINUE)
        if reader.has_begun:
            phase = Phase.BODY if reader.has_head else Phase.HEAD
            if phase is not connection.phase:
                self._enter(connection, phase)

    def _hand_over(self, connection: ClientConnection, request: WholeHead) -> None:
        """Give a request a thread."""
        self.waiting.pop(connection, None)
        self._enter(connection, Phase.WAIT)
        if request.may_upgrade:
            # Its thread may close the connection.
            self.selector.unregister(connection)
        self.choose_threads(request).submit(self._answer, connection, request)

    def _answer(self, connection: ClientConnection, request: Request) -> None:
        """Have the application answer a request, in a thread."""
        connection.is_kept = False
        try:
            self._respond(connection, request)
        except StopIteration:
            # A socket has ended.
            pass
        except Exception:
            if not connection.is_lost:
                self.log.exception("the response failed")
        request_id.set(None)
        self.answered.put(connection)
        if not self.is_called:
            self.is_called = True
            with suppress(BlockingIOError):
                os.write(self.PIPE[1], b".")

    def _respond(self, connection: ClientConnection, request: Request) -> None:
        cfg, address, server, app = self.cfg, connection.address, connection.server, self.app.wsgi()
        sock: Any = connection
        response, environ = wsgi.create(request, sock, address, server, cfg, Response)
        environ["gunicorn.socket"] = connection.socket
        environ["wsgi.multithread"] = True
        # A file goes the way of all responses.
        del environ["wsgi.file_wrapper"]
        parts = app(environ, response.start_response)
        try:
            if self.stop_at < inf:
                response.force_close()
            for part in parts:
                response.write(part)
                connection.flush()
            response.close()
            connection.flush()
            connection.is_kept = not response.should_close()
        except Exception:
            if not connection.is_lost and not response.headers_sent:
                path = unquote(request.path or "")
                connection.sendall(refuse(self.app.settings, 500, DETAILS[500], path))
            raise
        finally:
            if hasattr(parts, "close"):
                parts.close()

    def _finish_answered(self, pipe: int) -> None:
        """Go on with the connections whose answers are ready."""
        os.read(pipe, 4096)
        # Before the answers are looked at: none that comes now is missed.
        self.is_called = False
        with suppress(Empty):
            while True:
                self._finish(self.answered.get_nowait())

    def _finish(self, connection: ClientConnection) -> None:
        """Send what is left of an answer; then wait for the next request, or for the end."""
        if connection.is_lost:
            self._close(connection)
        elif connection.unsent:
            self._enter(connection, Phase.READ)
            self._watch(connection, EVENT_WRITE)
        elif connection.is_kept:
            self._enter(connection, Phase.IDLE)
            self._watch(connection, EVENT_READ)
            self.waiting[connection] = None
            if connection.reader.has_begun:
                self._read(connection)
        else:
            connection.shut_down()
            self._enter(connection, Phase.LEAVE)
            self._watch(connection, EVENT_READ)

    def _watch(self, connection: ClientConnection, events: int) -> None:
        try:
            self.selector.modify(connection, events, self._react)
        except KeyError:
            self.selector.register(connection, events, self._react)

    def _send(self, connection: ClientConnection) -> None:
        """Send more of an answer."""
        with suppress(OSError):
            connection.flush()
        if connection.is_lost or not connection.unsent:
            self._finish(connection)

    def _refuse(self, connection: ClientConnection, refused: RefusedError) -> None:
        """Answer what is no request, and hang up."""
        self.waiting.pop(connection, None)
        answer = refuse(self.app.settings, refused.status, refused.detail, refused.path)
        connection.is_kept = False
        connection.sendall(answer)
        with suppress(OSError):
            connection.flush()
        self._finish(connection)

    def _expire(self, connection: ClientConnection) -> None:
        """React to the end of the time that the client had."""
        phase, reader = connection.phase, connection.reader
        if phase in (Phase.BODY, Phase.READ) and connection.keeps_pace():
            self._enter(connection, phase)
        elif phase is Phase.BODY:
            self._hand_over(connection, reader.give_up())
        elif reader.has_begun and phase is Phase.HEAD:
            self._refuse(connection, RefusedError(408, TOO_SLOW))
        elif connection in self.waiting:
            self._end(connection)
        else:
            self._close(connection)

    def _end(self, connection: ClientConnection) -> None:
        """Close a connection that waits for its client, unless the rest of a request has come."""
        self._react(connection)
        if connection in self.waiting:
            self._close(connection)

    def _close(self, connection: ClientConnection) -> None:
        self.waiting.pop(connection, None)
        self.connections.discard(connection)
        with suppress(KeyError):
            self.selector.unregister(connection)
        connection.socket.close()
