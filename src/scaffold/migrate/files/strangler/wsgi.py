"""Requests and answers, between ASGI, which FastAPI speaks, and WSGI, which Flask does."""

import sys
from collections.abc import Callable
from types import TracebackType
from typing import IO
from wsgiref.types import WSGIEnvironment

from starlette.types import Message, Scope

ExcInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None] | None
)


class Answer:
    """What Flask answers: it is sent as it comes, but for what ends the answer."""

    def __init__(self, send: Callable[[Message], None]) -> None:
        self._send = send
        self._left: list[Message] = []
        self._length = self._written = 0
        self._is_sent = False

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo = None, /
    ) -> Callable[[bytes], None]:
        """Take the status and the headers; while nothing is sent, an error may replace them."""
        if exc_info and exc_info[1] and self._is_sent:
            raise exc_info[1]
        encoded = [
            (name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in headers
        ]
        length = dict(encoded).get(b"content-length", b"-1")
        self._length, self._written = int(length), 0
        code = int(status.partition(" ")[0])
        self._left = [{"type": "http.response.start", "status": code, "headers": encoded}]
        return self.write

    def write(self, part: bytes) -> None:
        """Take a part of the body."""
        if not part:
            return
        self._left.append({"type": "http.response.body", "body": part, "more_body": True})
        self._written += len(part)
        if self._written != self._length:
            self._is_sent = True
            for message in self._left:
                self._send(message)
            self._left = []

    def end(self) -> list[Message]:
        """Return what is left to send: all of it, where the length was known and it came in one part."""
        if len(self._left) > 1:
            self._left[-1]["more_body"] = False
        else:
            self._left.append({"type": "http.response.body", "body": b""})
        return self._left


def build_environ(scope: Scope, body: IO[bytes]) -> WSGIEnvironment:
    """Describe a request as WSGI wants it."""
    prefix = scope.get("root_path", "")
    server, port = scope.get("server") or ("localhost", 80)
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": _as_latin_1(prefix),
        "PATH_INFO": _as_latin_1(scope["path"].removeprefix(prefix)),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server,
        "SERVER_PORT": str(port or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        # Otherwise Werkzeug takes a chunked body, which has no length, for an empty one.
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if client := scope.get("client"):
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
    for name, value in scope["headers"]:
        # One with an underscore would pass for the one with a hyphen, such as that of a proxy.
        if b"_" not in name:
            key = name.decode("latin-1").upper().replace("-", "_")
            if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                key = f"HTTP_{key}"
            text = value.decode("latin-1")
            environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ


def _as_latin_1(text: str) -> str:
    """Write a path as WSGI does: each byte is a character."""
    return text.encode().decode("latin-1")
