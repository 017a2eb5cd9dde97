"""Gunicorn's threads: some answer HTTP, others hold sockets, and none waits for a slow client."""

import re
import resource
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from io import SEEK_END
from selectors import EVENT_READ
from socket import SHUT_WR, socket
from time import monotonic
from types import FrameType
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from app.websockets.rooms import Rooms

# Connections that are no sockets: requests, and what has not become one yet.
SPARE_CONNECTIONS = 4000
# The files of the process itself.
SPARE_FILES = 100
# Threads that tell sockets beyond the limit so.
SPARE_THREADS = 32
# How long a client may take to send the head of a request, or to hang up after the answer.
PATIENCE_SECONDS = 5
MAX_HEAD_BYTES = 65_536

UPGRADE = re.compile(rb"\r\nupgrade:[ \t]*websocket", re.IGNORECASE)


def allow_connections(sockets: int) -> int:
    """Let the process have as many connections as it needs; count those that the system allows."""
    wanted = sockets + SPARE_CONNECTIONS + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(wanted, soft) - SPARE_FILES


class SocketWorker(ThreadWorker):
    """A worker in which sockets have threads of their own."""

    app: Any
    socket_threads: ThreadPoolExecutor

    def init_process(self) -> None:
        """Make the threads; each starts when it is needed."""
        limit = self.app.settings.websocket_max_connections
        self.socket_threads = ThreadPoolExecutor(limit + SPARE_THREADS)
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        """Give a request a thread, though not before its head is there."""
        conn.init()
        conn.sock.setblocking(False)
        if not self._read_head(conn):
            self._wait(conn, self._read_head)

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        """Wait for the next request, or for the client to hang up; Gunicorn would stand still."""
        if fs.result():
            super().finish_request(conn, fs)
        elif conn.sock.fileno() == -1:
            self.nr_conns -= 1
        else:
            with suppress(OSError):
                conn.sock.shutdown(SHUT_WR)
            conn.sock.setblocking(False)
            self._wait(conn, self._read_end)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Close the sockets, and stop."""
        self._rooms.close()
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Close the sockets, and stop at once."""
        self._rooms.close()
        super().handle_quit(sig, frame)

    def _wait(self, conn: TConn, read: Callable[[TConn], bool]) -> None:
        """Read whenever something comes, until it is enough; Gunicorn closes what takes too long."""
        conn.timeout = monotonic() + PATIENCE_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._read_on, conn, read))

    def _read_on(self, conn: TConn, read: Callable[[TConn], bool], client: socket) -> None:
        if read(conn):
            self.poller.unregister(client)
            self.pending_conns.remove(conn)

    def _read_head(self, conn: TConn) -> bool:
        """Read what has come of a head; tell whether the request has its thread now."""
        data = _receive(conn)
        parser: Any = conn.parser
        buffer = parser.unreader.buf
        buffer.seek(0, SEEK_END)
        buffer.write(data or b"")
        # Gunicorn passes over empty lines before a request.
        head, end, _ = buffer.getvalue().lstrip(b"\r\n").partition(b"\r\n\r\n")
        if not end and data != b"" and len(head) < MAX_HEAD_BYTES:
            return False
        threads = self.socket_threads if end and UPGRADE.search(head) else self.tpool
        threads.submit(self.handle, conn).add_done_callback(partial(self._finish, conn))
        return True

    def _read_end(self, conn: TConn) -> bool:
        """Pass over what a client still sends; tell whether it has hung up, or has to."""
        data = _receive(conn)
        if data is None or 0 < len(data) < MAX_HEAD_BYTES:
            return False
        self.nr_conns -= 1
        conn.close()
        return True

    def _finish(self, conn: TConn, future: Future[Any]) -> None:
        self.method_queue.defer(self.finish_request, conn, future)

    @property
    def _rooms(self) -> Rooms:
        rooms: Rooms = self.app.extensions["rooms"]
        return rooms


def _receive(conn: TConn) -> bytes | None:
    """Receive what has come; nothing at the end, and None where nothing has come yet."""
    try:
        return conn.sock.recv(MAX_HEAD_BYTES)
    except BlockingIOError:
        return None
    except OSError:
        return b""
