"""The user who sends a request."""

from flask import request

from app import identify_client
from app.auth.tokens import read_token


def identify() -> str:
    """Name the user of a valid access token, or else the client; the session is not looked up."""
    credentials = request.authorization
    if credentials and credentials.type == "bearer" and credentials.token:
        claims = read_token(credentials.token, "access")
        if claims:
            return f"user {claims.user_id}"
    return identify_client.identify()
