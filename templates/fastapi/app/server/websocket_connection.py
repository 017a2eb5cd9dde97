"""One open socket."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from anyio import CancelScope
from fastapi import WebSocket, WebSocketDisconnect
from websockets.frames import CloseCode

from app.websockets.limits import MAX_WAITING_BYTES

# How long what is on its way may hold up the end of a socket.
FLUSH_SECONDS = 0.5


class Connection:
    """What a client is sent waits in a queue, so that a slow client holds up no other."""

    def __init__(self, websocket: WebSocket) -> None:
        self.scope = CancelScope()
        self.code: int | None = None
        self._gone = False
        self._websocket = websocket
        self._queue: deque[str] = deque()
        self._waiting_bytes = 0
        self._sender: asyncio.Task[None] | None = None

    def put(self, frame: str) -> None:
        """Send a frame, or close the socket of a client for which too much waits."""
        if self._gone or self.code is not None:
            return
        self._waiting_bytes += len(frame.encode())
        if self._waiting_bytes > MAX_WAITING_BYTES:
            self.close(CloseCode.POLICY_VIOLATION)
            return
        self._queue.append(frame)
        # An idle socket has no sender, which would take memory.
        if self._sender is None:
            self._sender = asyncio.create_task(self._send())

    def close(self, code: int) -> None:
        """Have the socket closed, wherever its task is."""
        if self.code is None:
            self.code = code
            self.scope.cancel()

    async def end(self) -> None:
        """Send what is on its way, then the code of the end; do nothing where the client is gone."""
        if sender := self._sender:
            await asyncio.wait({sender}, timeout=FLUSH_SECONDS)
            sender.cancel()
        if self.code is not None and not self._gone:
            with suppress(WebSocketDisconnect):
                await self._websocket.close(self.code)

    async def _send(self) -> None:
        try:
            while self._queue:
                await self._websocket.send_text(self._queue[0])
                self._waiting_bytes -= len(self._queue.popleft().encode())
        except WebSocketDisconnect:
            self._gone = True
        finally:
            self._sender = None


@asynccontextmanager
async def open_connection(
    websocket: WebSocket, subprotocol: str | None
) -> AsyncIterator[Connection]:
    """Accept a socket, and close it in the end."""
    await websocket.accept(subprotocol)
    connection = Connection(websocket)
    with connection.scope:
        yield connection
    await connection.end()
