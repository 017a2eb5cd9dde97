"""The body of a request, which comes piece by piece."""

import re
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO

from werkzeug.exceptions import RequestTimeout

from app.server.refusals import INVALID_HTTP, MAX_HEAD_BYTES, TOO_SLOW

# What is more of a body waits in a temporary file.
MAX_BYTES_IN_MEMORY = 1_048_576
# The size of a chunk, and extensions, which mean nothing.
CHUNK_LINE = re.compile(rb"(0*[0-9A-Fa-f]{1,16})(?:;[!-~][\t -~]*)?\r\n")
MAX_CHUNK_LINE = 1024
# The fields after the last chunk mean nothing either, but may not seem to be about the body.
TRAILER = re.compile(
    rb"(?:(?!content-length:|transfer-encoding:)[\w!#$%&'*+.^`|~-]+:[\t -~\x80-\xff]*\r\n)*\r\n",
    re.ASCII | re.IGNORECASE,
)


class RefusedError(Exception):
    """What a client sends is no request that the application could answer."""

    def __init__(self, status: int, detail: str, path: str = "/") -> None:
        self.status, self.detail, self.path = status, detail, path


class SizedBody:
    """A body whose length is declared."""

    def __init__(self, length: int) -> None:
        self.content: IO[bytes] = BytesIO() if length <= MAX_BYTES_IN_MEMORY else _open_file()
        self.is_cut = False
        self._left = length

    def take(self, received: bytearray) -> bool:
        """Take what has come of it; tell whether that is all."""
        part = received[: self._left]
        del received[: self._left]
        self._left -= self.content.write(part)
        return not self._left


class ChunkedBody(SizedBody):
    """A body that says as it comes how long it is; what is beyond the limit is cut off."""

    def __init__(self, limit: int) -> None:
        super().__init__(0)
        self.content = _open_file()
        self._limit = limit
        self._in_chunk = self._in_trailer = False

    def take(self, received: bytearray) -> bool:
        """Take what has come of it; tell whether that is all."""
        while True:
            if self._in_trailer:
                return _skip_trailer(received)
            if not self._in_chunk:
                if not self._begin_chunk(received):
                    return False
                continue
            is_there = super().take(received)
            self.is_cut = self.content.tell() > self._limit
            if self.is_cut:
                return True
            if not is_there or len(received) < 2:
                return False
            if not received.startswith(b"\r\n"):
                raise RefusedError(400, INVALID_HTTP)
            del received[:2]
            self._in_chunk = False

    def _begin_chunk(self, received: bytearray) -> bool:
        """Take the line that a chunk begins with; tell whether it has come."""
        line = CHUNK_LINE.match(received, 0, MAX_CHUNK_LINE)
        if not line:
            if b"\n" in received or len(received) > MAX_CHUNK_LINE:
                raise RefusedError(400, INVALID_HTTP)
            return False
        self._left = int(line[1], 16)
        self._in_trailer = not self._left
        self._in_chunk = not self._in_trailer
        del received[: line.end()]
        return True


class LateBody:
    """A body that has not come in time: whatever reads it answers 408."""

    def read(self, _size: int = -1) -> bytes:
        """Answer 408."""
        raise RequestTimeout(TOO_SLOW)


def _open_file() -> IO[bytes]:
    """Open a file that lies in memory while it is small."""
    return SpooledTemporaryFile(MAX_BYTES_IN_MEMORY)


def _skip_trailer(received: bytearray) -> bool:
    """Skip the fields after the last chunk; tell whether they have ended."""
    trailer = TRAILER.match(received, 0, MAX_HEAD_BYTES)
    if trailer:
        del received[: trailer.end()]
    elif b"\r\n\r\n" in received or len(received) >= MAX_HEAD_BYTES:
        raise RefusedError(400, INVALID_HTTP)
    return bool(trailer)
