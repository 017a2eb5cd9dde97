"""What opens a socket; anything less is a plain request."""

from base64 import b64decode
from wsgiref.types import WSGIEnvironment

from wsproto.utilities import generate_accept_token

from app.logging import request_id


def is_handshake(environ: WSGIEnvironment) -> bool:
    """Tell whether a request asks for a socket as RFC 6455 wants it."""
    options = environ.get("HTTP_CONNECTION", "").lower().split(",")
    try:
        key = b64decode(environ.get("HTTP_SEC_WEBSOCKET_KEY", ""), validate=True)
    except ValueError:
        return False
    return (
        environ["REQUEST_METHOD"] == "GET"
        and environ["SERVER_PROTOCOL"] == "HTTP/1.1"
        and environ.get("HTTP_UPGRADE", "").lower() == "websocket"
        and "upgrade" in [option.strip() for option in options]
        and environ.get("HTTP_SEC_WEBSOCKET_VERSION") == "13"
        and len(key) == 16
        and not environ.get("CONTENT_LENGTH")
    )


def accept(environ: WSGIEnvironment) -> bytes:
    """Write the answer to a handshake; no extension and no subprotocol is taken."""
    token = generate_accept_token(environ["HTTP_SEC_WEBSOCKET_KEY"].encode())
    lines = [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + token,
        b"X-Request-ID: " + str(request_id.get()).encode(),
    ]
    return b"\r\n".join([*lines, b"", b""])
