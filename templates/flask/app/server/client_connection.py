"""The connection of a client, and what goes over it without anybody waiting for the client."""

import select
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from math import inf
from socket import SHUT_WR, socket
from time import monotonic
from typing import Any

from gunicorn.config import Config

from app.server.refusals import MOVE_BYTES, READ_SECONDS
from app.server.request_reader import RequestReader

RECEIVE_BYTES = 65_536
# Beyond it, a response that is still being made waits for the client.
MAX_UNSENT_BYTES = 1_048_576


class Phase(StrEnum):
    """What a client does."""

    IDLE = "has an answer, and may ask again"
    HEAD = "sends a head"
    BODY = "sends a body"
    WAIT = "waits for an answer"
    READ = "reads an answer"
    LEAVE = "has its last answer"


class ClientConnection:
    """A connection; Gunicorn's responses take it for a socket."""

    def __init__(
        self, sock: socket, address: Any, server: Any, cfg: Config, limit: Callable[[str], int]
    ) -> None:
        sock.setblocking(False)
        self.socket, self.address, self.server = sock, address, server
        self.reader = RequestReader(cfg, limit)
        self.phase, self.deadline = Phase.HEAD, inf
        # The bytes that have moved since somebody asked.
        self.moved = 0
        self.unsent = bytearray()
        # Whether another request may follow, and whether the client is gone.
        self.is_kept = self.is_lost = False

    def fileno(self) -> int:
        """Return the descriptor; -1 once the connection is closed."""
        return self.socket.fileno()

    def receive(self) -> bytes | None:
        """Receive what has come; nothing at the end, and None where nothing has come yet."""
        try:
            data = self.socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            return b""
        self.moved += len(data)
        return data

    def sendall(self, data: bytes) -> None:
        """Keep a part of a response, to be sent; wait only where the client has much to take."""
        if len(self.unsent) > MAX_UNSENT_BYTES:
            self._wait_for_client()
        self.unsent += data

    def flush(self) -> None:
        """Send what the kernel takes at once."""
        try:
            sent = self.socket.send(self.unsent) if self.unsent else 0
        except BlockingIOError:
            return
        except OSError:
            self.is_lost = True
            raise
        del self.unsent[:sent]
        self.moved += sent

    def keeps_pace(self) -> bool:
        """Tell whether enough has moved since this was asked last."""
        moved, self.moved = self.moved, 0
        return moved >= MOVE_BYTES

    def shut_down(self) -> None:
        """Tell the client that nothing more comes."""
        with suppress(OSError):
            self.socket.shutdown(SHUT_WR)

    def _wait_for_client(self) -> None:
        poll = select.poll()
        poll.register(self.socket, select.POLLOUT)
        deadline = 0.0
        while len(self.unsent) > MAX_UNSENT_BYTES:
            if monotonic() > deadline:
                if deadline and not self.keeps_pace():
                    self.is_lost = True
                    raise TimeoutError
                deadline = monotonic() + READ_SECONDS
            poll.poll(1000 * READ_SECONDS)
            self.flush()
