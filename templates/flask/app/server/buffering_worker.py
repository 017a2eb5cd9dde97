"""A worker of Gunicorn whose threads do not wait for slow clients."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from io import SEEK_END
from selectors import EVENT_READ
from socket import SHUT_WR, socket
from time import monotonic
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

# How long a client may take to send the head of a request, or to hang up after the answer.
CLIENT_SECONDS = 5
MAX_HEAD_BYTES = 65_536


class BufferingWorker(ThreadWorker):
    """A worker that gives a request a thread once it knows what is asked."""

    def choose_threads(self, head: bytes) -> ThreadPoolExecutor:
        """Choose who answers a request with this head."""
        return self.tpool

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

    def _wait(self, conn: TConn, read: Callable[[TConn], bool]) -> None:
        """Read whenever something comes, until it is enough; Gunicorn closes what takes too long."""
        conn.timeout = monotonic() + CLIENT_SECONDS
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
        threads = self.choose_threads(head) if end else self.tpool
        future = threads.submit(self.handle, conn)
        future.add_done_callback(partial(self.method_queue.defer, self.finish_request, conn))
        return True

    def _read_end(self, conn: TConn) -> bool:
        """Pass over what a client still sends; tell whether it has hung up, or has to."""
        data = _receive(conn)
        if data is None or 0 < len(data) < MAX_HEAD_BYTES:
            return False
        self.nr_conns -= 1
        conn.close()
        return True


def _receive(conn: TConn) -> bytes | None:
    """Receive what has come; nothing at the end, and None where nothing has come yet."""
    try:
        return conn.sock.recv(MAX_HEAD_BYTES)
    except BlockingIOError:
        return None
    except OSError:
        return b""
