"""The rooms of this worker."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import get_ident
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

    @contextmanager
    def serve(self) -> Iterator[None]:
        """Be the rooms of this process."""
        self._loop, self._thread = asyncio.get_running_loop(), get_ident()
        Rooms.serving = self
        try:
            yield
        finally:
            Rooms.serving = None

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
    def join(self, room: str, connection: Connection) -> Iterator[None]:
        """Let a socket hear what is said in a room."""
        members = self._members.setdefault(room, set())
        members.add(connection)
        try:
            yield
        finally:
            members.discard(connection)
            if not members:
                del self._members[room]

    def broadcast(self, room: str, frame: str) -> None:
        """Send a frame to everybody in a room, on every worker; any thread may."""
        if get_ident() == self._thread:
            self.deliver(room, frame)
            self.publish(room, frame)
        else:
            self._loop.call_soon_threadsafe(self.broadcast, room, frame)

    def deliver(self, room: str, frame: str) -> None:
        """Send a frame to everybody in a room of this worker."""
        for connection in self._members.get(room, ()):
            connection.put(frame)

    def close(self) -> None:
        """Close every socket, because the service ends; clients come back to its successor."""
        for connection in self._open:
            connection.close(CloseCode.SERVICE_RESTART)
