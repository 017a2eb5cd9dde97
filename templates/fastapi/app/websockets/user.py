"""Who opens a socket, and for how long it may stay open."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from fastapi import WebSocket
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.auth.current_user import Unauthorized, get_current_user
from app.auth.models import User, UserSession
from app.auth.tokens import Tokens
from app.database import open_session
from app.models import utc_now
from app.websockets.auth_frame import AUTH_SECONDS, read_auth_frame
from app.websockets.socket import Socket

NOT_AUTHENTICATED = 4401
CHECK_SECONDS = 2
# How long the database may take to tell which sessions last.
QUERY_SECONDS = 5
SESSIONS_PER_QUERY = 500

logger = logging.getLogger(__name__)
Sessions = async_sessionmaker[AsyncSession]


async def sign_in(websocket: WebSocket) -> tuple[int, str] | None:
    """Find the user and the session of a client; nothing where its token is not good."""
    tokens: Tokens = websocket.app.state.tokens
    sent = await _receive_token(websocket)
    token = tokens.read(sent, "access") if sent else None
    if token is None:
        return None
    try:
        async with open_session(websocket.app) as session:
            user = await get_current_user(token, session)
    except Unauthorized:
        return None
    return user.id, token.fam


async def _receive_token(websocket: WebSocket) -> str | None:
    headers = websocket.headers.getlist("Authorization")
    if headers:
        scheme, _, token = headers[0].partition(" ")
        return token.strip() if len(headers) == 1 and scheme.lower() == "bearer" else None
    try:
        async with asyncio.timeout(AUTH_SECONDS):
            message = await websocket.receive()
    except TimeoutError:
        return None
    return read_auth_frame(message.get("text") or "")


class SignedIn:
    """The sockets of this worker by session, closed when theirs ends."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._sockets: dict[str, set[Socket]] = {}

    @contextmanager
    def hold(self, session_id: str, socket: Socket) -> Iterator[None]:
        """Hold a socket open as long as its session lasts."""
        sockets = self._sockets.setdefault(session_id, set())
        sockets.add(socket)
        try:
            yield
        finally:
            sockets.discard(socket)
            if not sockets:
                del self._sockets[session_id]

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
        held = list(self._sockets)
        for start in range(0, len(held), SESSIONS_PER_QUERY):
            some = held[start : start + SESSIONS_PER_QUERY]
            async with self._sessions() as session:
                lasting = await session.scalars(
                    select(UserSession.id)
                    .join(User, User.id == UserSession.user_id)
                    .where(UserSession.id.in_(some), UserSession.expires_at > utc_now())
                )
                ended = set(some) - set(lasting)
            for session_id in ended:
                for socket in self._sockets.get(session_id, ()):
                    socket.close(NOT_AUTHENTICATED)


@asynccontextmanager
async def watch_sessions(sessions: Sessions) -> AsyncIterator[SignedIn]:
    """Watch the sessions of open sockets."""
    signed_in = SignedIn(sessions)
    task = asyncio.create_task(signed_in.watch())
    yield signed_in
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
