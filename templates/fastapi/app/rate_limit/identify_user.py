"""The user who sends a request."""

from fastapi import Request
from fastapi.security.utils import get_authorization_scheme_param

from app import identify_client
from app.auth.tokens import Tokens


def identify(request: Request) -> str:
    """Name the user of a valid access token, or else the client; the session is not looked up."""
    tokens: Tokens = request.app.state.tokens
    headers = request.headers.getlist("Authorization")
    scheme, token = get_authorization_scheme_param(headers[0] if len(headers) == 1 else None)
    if scheme.lower() == "bearer":
        claims = tokens.read(token.strip(), "access")
        if claims:
            return f"user {claims.user_id}"
    return identify_client.identify(request)
