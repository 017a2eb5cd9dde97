"""Rooms whose open sockets are counted."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Gauge

from app.server.websocket_connection import Connection
from app.websockets.rooms import Rooms

OPEN = Gauge("websocket_connections", "Sockets that are open.", multiprocess_mode="livesum")
LIMIT = Gauge(
    "websocket_connections_limit",
    "Sockets that workers keep open at most.",
    multiprocess_mode="livesum",
)


class ObservedRooms(Rooms):
    """Rooms that say how many sockets are open."""

    @contextmanager
    def track(self, connection: Connection) -> Iterator[None]:
        """Count a socket among those that are open."""
        with super().track(connection), OPEN.track_inprogress():
            yield
