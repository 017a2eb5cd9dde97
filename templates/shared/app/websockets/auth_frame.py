"""What signs a socket in for browsers, which cannot send an Authorization header."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ValidationError

from app.websockets.subprotocols import BEARER

# How long a client may take to send it.
AUTH_SECONDS = 5
# Closes a socket that is not signed in, or no longer.
NOT_AUTHENTICATED = 4401


class AuthFrame(BaseModel):
    """An access token."""

    type: Literal["auth"]
    token: str


def read_auth_frame(frame: str) -> str | None:
    """Read the token out of a socket's first frame; nothing where there is none."""
    try:
        return AuthFrame.model_validate_json(frame).token
    except ValidationError:
        return None


def find_offered_token(offered: Iterable[str]) -> str | None:
    """Find the token among the sub-protocols that a client offers; nothing where there is none."""
    tokens = (name.removeprefix(BEARER) for name in offered if name.startswith(BEARER))
    return next(tokens, None)
