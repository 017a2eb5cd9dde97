"""A worker of Gunicorn in which sockets do not take the threads that answer HTTP."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from app.server.buffering_worker import BufferingWorker
from app.server.file_limit import raise_file_limit
from app.websockets.rooms import Rooms

# Connections that are no sockets: requests, and what has not become one yet.
SPARE_CONNECTIONS = 4000
# The files of the process itself.
SPARE_FILES = 100
# Threads that tell sockets beyond the limit so.
SPARE_THREADS = 32

UPGRADE = re.compile(rb"\r\nupgrade:[ \t]*websocket", re.IGNORECASE)


def allow_connections(sockets: int) -> int:
    """Let the process have as many connections as it needs; count those that the system allows."""
    wanted = sockets + SPARE_CONNECTIONS
    return min(wanted, raise_file_limit(wanted + SPARE_FILES) - SPARE_FILES)


class WebSocketWorker(BufferingWorker):
    """A worker in which sockets have threads of their own."""

    app: Any
    socket_threads: ThreadPoolExecutor

    def init_process(self) -> None:
        """Make the threads; each starts when it is needed."""
        limit = self.app.settings.websocket_max_connections
        self.socket_threads = ThreadPoolExecutor(limit + SPARE_THREADS)
        Rooms.serving = self.app.wsgi().extensions["rooms"]
        super().init_process()

    def choose_threads(self, head: bytes) -> ThreadPoolExecutor:
        """Choose who answers a request with this head."""
        return self.socket_threads if UPGRADE.search(head) else super().choose_threads(head)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Close the sockets, and stop."""
        self.app.wsgi().extensions["rooms"].close()
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Close the sockets, and stop at once."""
        self.app.wsgi().extensions["rooms"].close()
        super().handle_quit(sig, frame)
