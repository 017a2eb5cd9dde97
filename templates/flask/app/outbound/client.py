"""The client of another service."""

from typing import Any

from httpx2 import BaseTransport, Client, Request, Response

from app.outbound.deadline import deadline
from app.outbound.network import DeadlineTransport
from app.outbound.options import client_options
from app.outbound.settings import OutboundSettings
from app.outbound.transport import RetryTransport


class ServiceClient(Client):
    """A client whose calls end in time, with all their attempts and the whole answer."""

    def __init__(self, url: str, seconds: float, transport: BaseTransport) -> None:
        super().__init__(**client_options(url, seconds), transport=transport)
        self._seconds = seconds

    def send(self, request: Request, **options: Any) -> Response:
        """Send a request, and read its answer."""
        with deadline(self._seconds):
            return super().send(request, **options)


def create_client(
    url: str, settings: OutboundSettings, transport: BaseTransport | None = None
) -> ServiceClient:
    """Create the client of a service; it connects when it is used."""
    sender = transport or DeadlineTransport()
    return ServiceClient(url, settings.outbound_timeout_seconds, RetryTransport(sender))
