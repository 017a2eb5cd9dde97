"""What opens a socket; anything less is a plain request."""

import logging

from websockets.http11 import Request
from websockets.server import ServerProtocol

from app.server.http_protocol import HttpProtocol

# What clients do wrong is no error of the service.
logger = logging.getLogger(__name__)
logger.setLevel(logging.CRITICAL)


class UpgradingProtocol(HttpProtocol):
    """Takes a handshake that is none for a plain request, which the service answers."""

    _judged: list[tuple[bytes, bytes]] | None = None
    _good = False

    def _should_upgrade(self) -> bool:
        if self._judged is not self.headers:
            self._judged = self.headers
            self._good = super()._should_upgrade() and self._is_handshake()
        return self._good

    def _is_handshake(self) -> bool:
        method, version = self.scope["method"], self.scope["http_version"]
        lines = [method.encode() + b" " + self.url + b" HTTP/" + version.encode()]
        lines += [name + b": " + value for name, value in self.headers]
        protocol = ServerProtocol(logger=logger)
        protocol.receive_data(b"\r\n".join([*lines, b"", b""]))
        requests = [event for event in protocol.events_received() if isinstance(event, Request)]
        # It refers to the protocol, which would live until the garbage is collected.
        protocol.parser.close()
        return any(protocol.accept(request).status_code == 101 for request in requests)
