"""Who opens a socket, and for how long it may stay open."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Thread, Timer
from time import sleep

from flask import Flask, request
from sqlalchemy import select

from app.auth.claims import Claims
from app.auth.current_user import find_user
from app.auth.models import User, UserSession
from app.auth.tokens import read_token
from app.database import db
from app.models import utc_now
from app.websockets.auth_frame import AUTH_SECONDS, read_auth_frame
from app.websockets.connection import Connection

NOT_AUTHENTICATED = 4401
CHECK_SECONDS = 2
SESSIONS_PER_QUERY = 500

logger = logging.getLogger(__name__)


def read_access_token(connection: Connection, frames: Iterator[str | bytes]) -> Claims | None:
    """Read the token of a client, whose session must last; nothing where it is not good."""
    token = _receive_token(connection, frames)
    claims = read_token(token, "access") if token else None
    if claims is None:
        return None
    try:
        return claims if find_user({}, claims.model_dump()) else None
    finally:
        # The context lives as long as the socket, and would keep a connection to the database.
        db.session.remove()


def _receive_token(connection: Connection, frames: Iterator[str | bytes]) -> str | None:
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        return token if scheme.lower() == "bearer" else None
    timer = Timer(AUTH_SECONDS, connection.close, [NOT_AUTHENTICATED])
    timer.daemon = True
    timer.start()
    frame = next(frames, "")
    timer.cancel()
    return read_auth_frame(frame) if isinstance(frame, str) else None


class SignedIn:
    """The sockets of this worker by session, closed when theirs ends."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._connections: dict[str, set[Connection]] = {}
        self._lock = Lock()
        self._watcher: Thread | None = None

    @contextmanager
    def hold(self, session_id: str, connection: Connection) -> Iterator[None]:
        """Hold a socket open as long as its session lasts."""
        with self._lock:
            if self._watcher is None:
                self._watcher = Thread(target=self._watch, daemon=True)
                self._watcher.start()
            connections = self._connections.setdefault(session_id, set())
            connections.add(connection)
        try:
            yield
        finally:
            with self._lock:
                connections.discard(connection)
                if not connections:
                    self._connections.pop(session_id, None)

    def _watch(self) -> None:
        """Close the sockets of sessions that have ended, for ever."""
        while True:
            sleep(CHECK_SECONDS)
            try:
                self._check()
            except Exception:
                # Sockets stay open until the database says something else.
                logger.warning("whether sessions last could not be checked", exc_info=True)

    def _check(self) -> None:
        with self._lock:
            held = list(self._connections)
        for start in range(0, len(held), SESSIONS_PER_QUERY):
            some = held[start : start + SESSIONS_PER_QUERY]
            with self._app.app_context():
                lasting = db.session.scalars(
                    select(UserSession.id)
                    .join(User, User.id == UserSession.user_id)
                    .where(UserSession.id.in_(some), UserSession.expires_at > utc_now())
                )
                ended = set(some) - set(lasting)
            with self._lock:
                for session_id in ended:
                    for connection in self._connections.get(session_id, ()):
                        connection.close(NOT_AUTHENTICATED)
