"""A worker of Gunicorn in which sockets do not take the threads that answer HTTP."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gunicorn.http.message import Request

from app.server.buffering_worker import BufferingWorker
from app.websockets.rooms import Rooms

# Threads that tell sockets beyond the limit so.
SPARE_THREADS = 32


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

    def choose_threads(self, request: Request) -> ThreadPoolExecutor:
        """Choose who answers a request."""
        upgrade = dict(request.headers).get("UPGRADE", "").lower()
        return self.socket_threads if upgrade == "websocket" else super().choose_threads(request)

    def stop(self) -> None:
        """Close the sockets, and stop."""
        self.app.wsgi().extensions["rooms"].close()
        super().stop()

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Close the sockets, and stop at once."""
        self.app.wsgi().extensions["rooms"].close()
        super().handle_quit(sig, frame)
