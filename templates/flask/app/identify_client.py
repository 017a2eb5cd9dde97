"""The client that sends a request."""

from flask import request

from app.client_address import count_as


def identify() -> str:
    """Name the client by its address."""
    return f"client {count_as(request.remote_addr or '')}"
