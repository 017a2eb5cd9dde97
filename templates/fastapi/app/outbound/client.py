"""The client of another service."""

import asyncio
from typing import Any

from httpx2 import (
    AsyncBaseTransport,
    AsyncClient,
    AsyncHTTPTransport,
    ReadTimeout,
    Request,
    Response,
)

from app.outbound.deadline import deadline
from app.outbound.options import LIMITS, client_options, tls
from app.outbound.settings import OutboundSettings
from app.outbound.transport import RetryTransport


class ServiceClient(AsyncClient):
    """A client whose calls end in time, with all their attempts and the whole answer."""

    def __init__(self, url: str, seconds: float, transport: AsyncBaseTransport) -> None:
        super().__init__(**client_options(url, seconds), transport=transport)
        self._seconds = seconds

    async def send(self, request: Request, **options: Any) -> Response:
        """Send a request, and read its answer."""
        try:
            with deadline(self._seconds):
                async with asyncio.timeout(self._seconds):
                    return await super().send(request, **options)
        except TimeoutError:
            raise ReadTimeout("the time of the call is over", request=request) from None


def create_client(
    url: str, settings: OutboundSettings, transport: AsyncBaseTransport | None = None
) -> ServiceClient:
    """Create the client of a service; it connects when it is used."""
    sender = transport or AsyncHTTPTransport(verify=tls(), limits=LIMITS)
    return ServiceClient(url, settings.outbound_timeout_seconds, RetryTransport(sender))
