"""The rooms of this worker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import ClassVar, Self

from websockets.frames import CloseCode

from app.server.websocket_connection import Connection


class Rooms:
    """The open sockets, and who of them is in which room."""

    # Those of the service that runs in this process.
    serving: ClassVar[Self | None] = None

    def __init__(self, capacity: int) -> None:
        # Passes a frame on to the other workers.
        self.publish: Callable[[str, str], None] = lambda _room, _frame: None
        self._capacity = capacity
        self._open: set[Connection] = set()
        self._members: dict[str, set[Connection]] = {}
        # Held only for moments, as all threads wait for it.
        self._lock = RLock()

    @property
    def overfull(self) -> bool:
        """Whether more sockets are open than may be."""
        return len(self._open) > self._capacity

    @contextmanager
    def track(self, connection: Connection) -> Iterator[None]:
        """Count a socket among those that are open."""
        self._open.add(connection)
        try:
            yield
        finally:
            self._open.discard(connection)

    @contextmanager
    def join(self, room: str, connection: Connection, welcome: str) -> Iterator[None]:
        """Welcome a socket, and from then on let it hear what is said in a room."""
        with self._lock:
            connection.put(welcome)
            members = self._members.setdefault(room, set())
            members.add(connection)
        try:
            yield
        finally:
            with self._lock:
                members.discard(connection)
                if not members:
                    self._members.pop(room, None)

    def broadcast(self, room: str, frame: str) -> None:
        """Send a frame to everybody in a room, on every worker, in the same order to all."""
        with self._lock:
            self.deliver(room, frame)
            self.publish(room, frame)

    def deliver(self, room: str, frame: str) -> None:
        """Send a frame to everybody in a room of this worker."""
        with self._lock:
            for connection in self._members.get(room, ()):
                connection.put(frame)

    def close(self) -> None:
        """Close every socket, because the service ends; clients come back to its successor."""
        for connection in self._open.copy():
            connection.close(CloseCode.SERVICE_RESTART)
