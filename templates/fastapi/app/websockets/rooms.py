"""The rooms of this worker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.websockets.socket import Socket

RESTARTING = 1012


class Rooms:
    """The open sockets, and who of them is in which room."""

    def __init__(self, capacity: int) -> None:
        # Passes a frame on to the other workers.
        self.publish: Callable[[str, str], None] = lambda _room, _frame: None
        self._capacity = capacity
        self._open: set[Socket] = set()
        self._members: dict[str, set[Socket]] = {}

    @property
    def overfull(self) -> bool:
        """Whether more sockets are open than may be."""
        return len(self._open) > self._capacity

    @contextmanager
    def count(self, socket: Socket) -> Iterator[None]:
        """Count a socket among those that are open."""
        self._open.add(socket)
        try:
            yield
        finally:
            self._open.discard(socket)

    @contextmanager
    def join(self, room: str, socket: Socket) -> Iterator[None]:
        """Let a socket hear what is said in a room."""
        members = self._members.setdefault(room, set())
        members.add(socket)
        try:
            yield
        finally:
            members.discard(socket)
            if not members:
                del self._members[room]

    def say(self, room: str, frame: str) -> None:
        """Send a frame to everybody in a room, on every worker."""
        self.deliver(room, frame)
        self.publish(room, frame)

    def deliver(self, room: str, frame: str) -> None:
        """Send a frame to everybody in a room of this worker."""
        for socket in self._members.get(room, ()):
            socket.put(frame)

    def close(self) -> None:
        """Close every socket, because the service ends; clients come back to its successor."""
        for socket in self._open:
            socket.close(RESTARTING)
