"""Who opens a socket."""

from collections.abc import Iterator
from threading import Timer

from flask import request

from app.auth.claims import Claims
from app.auth.current_user import find_user
from app.auth.tokens import read_token
from app.database import db
from app.server.websocket_connection import Connection
from app.server.websocket_handshake import read_offered
from app.websockets.auth_frame import (
    AUTH_SECONDS,
    NOT_AUTHENTICATED,
    find_offered_token,
    read_auth_frame,
)


def authenticate(connection: Connection, frames: Iterator[str | bytes]) -> Claims | None:
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
    if (offered := find_offered_token(read_offered(request.environ))) is not None:
        return offered
    timer = Timer(AUTH_SECONDS, connection.close, [NOT_AUTHENTICATED])
    timer.daemon = True
    timer.start()
    frame = next(frames, "")
    timer.cancel()
    return read_auth_frame(frame) if isinstance(frame, str) else None
