"""What opens a socket; anything less is a plain request."""

import logging
from collections.abc import Iterable, Sequence
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from websockets.datastructures import Headers
from websockets.headers import parse_subprotocol
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from app.logging import request_id

# The others would negotiate an extension.
HEADERS = (
    "Connection",
    "Upgrade",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Version",
)

# The library logs what clients say, and what they do wrong as errors.
protocol_logger = logging.getLogger(__name__)
protocol_logger.setLevel(logging.CRITICAL)


class HandshakeFilter:
    """Has an application take anything less than a handshake for a plain request."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if "HTTP_UPGRADE" in environ and not is_handshake(environ):
            del environ["HTTP_UPGRADE"]
        return self.app(environ, start_response)


def is_handshake(environ: WSGIEnvironment) -> bool:
    """Return whether a request opens a socket."""
    return _reply(environ).status_code == 101 and not environ.get("CONTENT_LENGTH")


def read_offered(environ: WSGIEnvironment) -> Sequence[str]:
    """Read which sub-protocols a client offers."""
    header = environ.get("HTTP_SEC_WEBSOCKET_PROTOCOL")
    return parse_subprotocol(header) if header else []


def accept(environ: WSGIEnvironment, subprotocol: str | None) -> bytes:
    """Write the answer to a handshake."""
    response = _reply(environ)
    if subprotocol:
        response.headers["Sec-WebSocket-Protocol"] = subprotocol
    response.headers["X-Request-ID"] = str(request_id.get())
    return response.serialize()


def _reply(environ: WSGIEnvironment) -> Response:
    variables = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in HEADERS}
    sent = {name: environ[key] for name, key in variables.items() if key in environ}
    request = Request("/", Headers(sent), environ["REQUEST_METHOD"], environ["SERVER_PROTOCOL"])
    return ServerProtocol(logger=protocol_logger).accept(request)
