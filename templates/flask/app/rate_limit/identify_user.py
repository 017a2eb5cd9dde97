"""The user who sends a request."""

from collections.abc import Sequence

from flask import request

from app.auth.tokens import read_token
from app.client_address import Network
from app.rate_limit import identify_client


def identify(trusted_proxies: Sequence[Network]) -> str:
    """Name the user of a valid access token, or else the client; the session is not looked up."""
    credentials = request.authorization
    if credentials and credentials.type == "bearer" and credentials.token:
        claims = read_token(credentials.token, "access")
        if claims:
            return f"user {claims.user_id}"
    return identify_client.identify(trusted_proxies)
