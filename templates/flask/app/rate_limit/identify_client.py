"""The client that sends a request."""

from collections.abc import Sequence

from flask import request

from app.client_address import Network, find_client


def identify(trusted_proxies: Sequence[Network]) -> str:
    """Name the client by its address."""
    forwarded_for = request.headers.get("X-Forwarded-For", "")
    return f"client {find_client(request.remote_addr or '', forwarded_for, trusted_proxies)}"
