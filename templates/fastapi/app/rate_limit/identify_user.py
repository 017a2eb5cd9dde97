"""The user who sends a request."""

from collections.abc import Sequence

from fastapi import Request
from fastapi.security.utils import get_authorization_scheme_param

from app.auth.tokens import Tokens
from app.client_address import Network
from app.rate_limit import identify_client


def identify(request: Request, trusted_proxies: Sequence[Network]) -> str:
    """Name the user of a valid access token, or else the client; the session is not looked up."""
    tokens: Tokens = request.app.state.tokens
    headers = request.headers.getlist("Authorization")
    scheme, token = get_authorization_scheme_param(headers[0] if len(headers) == 1 else None)
    if scheme.lower() == "bearer":
        claims = tokens.read(token.strip(), "access")
        if claims:
            return f"user {claims.user_id}"
    return identify_client.identify(request, trusted_proxies)
