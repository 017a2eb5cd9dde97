"""HTTP on a bare socket, for requests that a polite client refuses to send."""

import json
import socket
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPMessage, HTTPResponse
from typing import Any

from tests.support.services import Service


@dataclass(frozen=True)
class Answer:
    """An answer as it came over the wire; named like httpx's, so that checks take either."""

    status_code: int
    headers: HTTPMessage
    content: bytes
    version: int = 11

    def json(self) -> Any:
        return json.loads(self.content)


def head(method: str, path: str, *headers: str) -> bytes:
    """A request line and headers, ready to send."""
    lines = (f"{method} {path} HTTP/1.1", *headers, "", "")
    return "\r\n".join(lines).encode("latin-1")


def receive(connection: socket.socket, method: str = "GET") -> Answer:
    """Read one answer."""
    response = HTTPResponse(connection, method=method)
    response.begin()
    return Answer(response.status, response.headers, response.read(), response.version)


def exchange(
    service: Service,
    method: str,
    path: str,
    *headers: str,
    body: bytes = b"",
    anonymous: bool = False,
    address: str | None = None,
) -> Answer:
    """Send one request with exactly these headers and the service's token, and read its answer."""
    credentials = () if anonymous else service.credentials
    lines = head(method, path, *headers, *credentials, "Connection: close")
    with service.connection(address) as connection:
        with suppress(ConnectionError):  # refused before all of the body was sent
            connection.sendall(lines + body)
        return receive(connection, method)


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body; an empty one ends it."""
    return b"%x\r\n%s\r\n" % (len(data), data)
