"""Who opens a socket."""

import asyncio

from fastapi import WebSocket

from app.auth.claims import Claims
from app.auth.current_user import Unauthorized, get_current_user
from app.auth.tokens import Tokens
from app.database import open_session
from app.websockets.auth_frame import AUTH_SECONDS, find_offered_token, read_auth_frame


async def authenticate(websocket: WebSocket) -> Claims | None:
    """Read the token of a client, whose session must last; nothing where it is not good."""
    tokens: Tokens = websocket.app.state.tokens
    token = await _receive_token(websocket)
    claims = tokens.read(token, "access") if token else None
    if claims is None:
        return None
    try:
        async with open_session(websocket.app) as session:
            await get_current_user(claims, session)
    except Unauthorized:
        return None
    return claims


async def _receive_token(websocket: WebSocket) -> str | None:
    headers = websocket.headers.getlist("Authorization")
    if headers:
        scheme, _, token = headers[0].partition(" ")
        return token.strip() if len(headers) == 1 and scheme.lower() == "bearer" else None
    if (offered := find_offered_token(websocket.scope["subprotocols"])) is not None:
        return offered
    try:
        async with asyncio.timeout(AUTH_SECONDS):
            message = await websocket.receive()
    except TimeoutError:
        return None
    return read_auth_frame(message.get("text") or "")
