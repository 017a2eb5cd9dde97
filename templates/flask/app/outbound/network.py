"""Connections whose every step ends with the call.

The timeout of a socket alone begins anew with each byte.
"""

import socket
import ssl
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from httpcore2 import (
    SOCKET_OPTION,
    ConnectError,
    ConnectionPool,
    ConnectTimeout,
    NetworkStream,
    SyncBackend,
)
from httpx2 import HTTPTransport

from app.outbound.deadline import seconds_left
from app.outbound.options import LIMITS, tls

# With no time at all, a socket would not wait, and say so with another error.
LEAST_SECONDS = 0.001


def within(seconds: float | None) -> float:
    """Return how long a step may wait."""
    left = seconds_left()
    return max(LEAST_SECONDS, left if seconds is None else min(seconds, left))


class DeadlineTransport(HTTPTransport):
    """The transport of httpx2 with these connections."""

    def __init__(self) -> None:
        # That of httpx2 (2.16) takes no backend, and httpcore2 by itself knows no requests of httpx2.
        self._pool = ConnectionPool(
            ssl_context=tls(),
            max_connections=LIMITS.max_connections,
            max_keepalive_connections=LIMITS.max_keepalive_connections,
            keepalive_expiry=LIMITS.keepalive_expiry,
            network_backend=DeadlineBackend(),
        )


class DeadlineBackend(SyncBackend):
    """Opens connections."""

    def __init__(self) -> None:
        # Of the system's own limits, that of a name alone cannot be set. Few threads, so that look-ups
        # that hang cannot pile up.
        self._resolver = ThreadPoolExecutor(max_workers=4)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> NetworkStream:
        """Connect to the first address of a host that answers."""
        last: Exception = ConnectError("the host has no address")
        for address in self._find_addresses(host, port, timeout):
            limit = within(timeout)
            try:
                found = super().connect_tcp(address, port, limit, local_address, socket_options)
                return DeadlineStream(found)
            except (ConnectError, ConnectTimeout) as error:
                last = error
        raise last

    def _find_addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        found = self._resolver.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        try:
            return [str(address[0]) for *_, address in found.result(within(timeout))]
        except TimeoutError:
            found.cancel()
            raise ConnectTimeout("the host was not found in time") from None
        except OSError as error:
            raise ConnectError(str(error)) from None


class DeadlineStream(NetworkStream):
    """A connection."""

    def __init__(self, stream: NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there."""
        return self._stream.read(max_bytes, within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it."""
        self._stream.write(buffer, within(timeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> NetworkStream:
        """Go on in TLS."""
        limit = within(timeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, limit))

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        """Say what the pool asks for."""
        return self._stream.get_extra_info(info)
