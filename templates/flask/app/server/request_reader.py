"""Makes whole requests of what a client sends, as it comes."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from gunicorn.config import Config

from app.server.refusals import HEAD_TOO_LARGE, INVALID_HTTP, MAX_HEAD_BYTES
from app.server.request_body import ChunkedBody, LateBody, RefusedError, SizedBody
from app.server.request_head import WholeHead

HEAD_END = b"\r\n\r\n"
# What a head may look like before it has ended.
BEGINNING = re.compile(rb"\r?\Z|[A-Z-]+(?: [^\r\n]*\r?)?\Z|[A-Z-]+ [!-~]+ HTTP/1\.[01]\r\n")
BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
EXPECT = re.compile(rb"\r\nexpect:[ \t]*([^\r\n]*)", re.IGNORECASE)
MAX_LENGTH = 2**64


class RequestReader:
    """Reads the requests of a client, one after the other."""

    def __init__(self, cfg: Config, limit: Callable[[str], int]) -> None:
        self._cfg, self._limit = cfg, limit
        self._received = bytearray()
        self._request: Any = None
        self._body = SizedBody(0)
        # Whether the client waits to be told that its body is wanted.
        self.is_asked = False

    @property
    def has_begun(self) -> bool:
        """Tell whether something of a request has come."""
        return bool(self._received or self._request)

    @property
    def has_head(self) -> bool:
        """Tell whether the head has come, and the body not yet."""
        return self._request is not None

    def feed(self, data: bytes) -> None:
        """Add what has come."""
        self._received += data

    def take(self) -> Any:
        """Return a request, once all of it has come or it is too large."""
        if not self._request:
            self._take_head()
        if not self._request or not self._body.take(self._received):
            return None
        request, self._request = self._request, None
        if isinstance(self._body, ChunkedBody):
            _declare_length(request, self._body.content.tell())
        self._body.content.seek(0)
        request.body = self._body.content
        # Of a body that is cut off, the end is not known; HTTP/1.0 has no next request.
        if self._body.is_cut or request.version == (1, 0) or _says_close(request):
            request.force_close()
        return request

    def give_up(self) -> Any:
        """Return a request whose body has not come in time."""
        request, self._request = self._request, None
        if isinstance(self._body, ChunkedBody):
            # Without a length, the application would take it for one that has no body.
            _declare_length(request, 1)
        request.body = LateBody()
        request.force_close()
        return request

    def _take_head(self) -> None:
        received = self._received
        while received.startswith(b"\r\n"):
            del received[:2]
        end = received.find(HEAD_END, 0, MAX_HEAD_BYTES)
        if end < 0:
            if len(received) >= MAX_HEAD_BYTES:
                raise RefusedError(431, HEAD_TOO_LARGE)
            if not BEGINNING.match(received) or BARE_LINE_FEED.search(received):
                raise RefusedError(400, INVALID_HTTP)
            return
        head = bytes(received[: end + len(HEAD_END)])
        del received[: end + len(HEAD_END)]
        asked = EXPECT.search(head)
        request = WholeHead(self._cfg, EXPECT.sub(b"", head) if asked else head)
        self._body = self._choose_body(request)
        self._request = request
        can_ask = asked and asked[1].lower() == b"100-continue"
        self.is_asked = bool(can_ask) and request.version == (1, 1)

    def _choose_body(self, request: Any) -> SizedBody:
        fields = dict(request.headers)
        length, coding = int(fields.get("CONTENT-LENGTH", 0)), fields.get("TRANSFER-ENCODING")
        if length >= MAX_LENGTH or (coding or "chunked").lower() != "chunked":
            raise RefusedError(400, INVALID_HTTP)
        if not (length or coding):
            return SizedBody(0)
        limit = self._limit(unquote(request.path))
        if coding:
            return ChunkedBody(limit)
        body = SizedBody(length if length <= limit else 0)
        body.is_cut = length > limit
        return body


def _says_close(request: Any) -> bool:
    """Tell whether the client wants no further answer; Gunicorn reads no lists."""
    words = ",".join(value for name, value in request.headers if name == "CONNECTION").split(",")
    return any(word.strip().lower() == "close" for word in words)


def _declare_length(request: Any, length: int) -> None:
    """Have the application see a body that came in chunks as any other."""
    others = [field for field in request.headers if field[0] != "TRANSFER-ENCODING"]
    request.headers = [*others, ("CONTENT-LENGTH", str(length))]
