"""The frame that signs a socket in, for browsers: these cannot send an Authorization header."""

from typing import Literal

from pydantic import BaseModel, ValidationError

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
