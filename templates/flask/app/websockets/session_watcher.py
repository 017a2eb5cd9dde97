"""How long a socket may stay open: as long as the session of its user."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from time import sleep

from flask import Flask

from app.database import db
from app.server.websocket_connection import Connection
from app.websockets.auth_frame import NOT_AUTHENTICATED
from app.websockets.sessions import CHECK_SECONDS, select_lasting

logger = logging.getLogger(__name__)


class SessionWatcher:
    """The sockets of this worker by session, closed when theirs ends."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._session_ids: dict[Connection, str] = {}
        # Locked for ever by the first socket.
        self._unstarted = Lock()

    @contextmanager
    def track(self, connection: Connection, session_id: str) -> Iterator[None]:
        """Have a socket closed when its session ends."""
        if self._unstarted.acquire(blocking=False):
            Thread(target=self._watch, daemon=True).start()
        self._session_ids[connection] = session_id
        try:
            yield
        finally:
            del self._session_ids[connection]

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
        for asked, lasting in select_lasting(self._session_ids.copy().values()):
            with self._app.app_context():
                ended = asked.difference(db.session.scalars(lasting))
            for connection, session_id in self._session_ids.copy().items():
                if session_id in ended:
                    connection.close(NOT_AUTHENTICATED)
