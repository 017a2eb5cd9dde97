"""The client that sends a request."""

from fastapi import Request

from app.client_address import count_as


def identify(request: Request) -> str:
    """Name the client by its address."""
    return f"client {count_as(request.client.host if request.client else '')}"
