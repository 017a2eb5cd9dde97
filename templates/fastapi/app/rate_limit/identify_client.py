"""The client that sends a request."""

from collections.abc import Sequence

from fastapi import Request

from app.client_address import Network, find_client


def identify(request: Request, trusted_proxies: Sequence[Network]) -> str:
    """Name the client by its address."""
    peer = request.client.host if request.client else ""
    forwarded_for = ",".join(request.headers.getlist("X-Forwarded-For"))
    return f"client {find_client(peer, forwarded_for, trusted_proxies)}"
