"""How long a socket may stay open: as long as the session of its user."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.server.websocket_connection import Connection
from app.websockets.auth_frame import NOT_AUTHENTICATED
from app.websockets.sessions import CHECK_SECONDS, select_lasting

# How long the database may take to answer.
QUERY_SECONDS = 5

logger = logging.getLogger(__name__)


class SessionWatcher:
    """The sockets of this worker by session, closed when theirs ends."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions
        self._session_ids: dict[Connection, str] = {}

    @contextmanager
    def track(self, connection: Connection, session_id: str) -> Iterator[None]:
        """Have a socket closed when its session ends."""
        self._session_ids[connection] = session_id
        try:
            yield
        finally:
            del self._session_ids[connection]

    async def watch(self) -> None:
        """Close the sockets of sessions that have ended, for ever."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                async with asyncio.timeout(QUERY_SECONDS):
                    await self._check()
            except Exception:
                # Sockets stay open until the database says something else.
                logger.warning("whether sessions last could not be checked", exc_info=True)

    async def _check(self) -> None:
        for asked, lasting in select_lasting(self._session_ids.values()):
            async with self._sessions() as session:
                ended = asked.difference(await session.scalars(lasting))
            for connection, session_id in self._session_ids.items():
                if session_id in ended:
                    connection.close(NOT_AUTHENTICATED)
