"""A transport that repeats a call where that is safe, and limits its answer."""

from collections.abc import Iterator
from itertools import count
from time import sleep

from httpx2 import (
    BaseTransport,
    PoolTimeout,
    ReadTimeout,
    Request,
    Response,
    SyncByteStream,
    TransportError,
)

from app.outbound.answers import MAX_BYTES, TooLarge, UnexpectedAnswer, check_head
from app.outbound.deadline import seconds_left
from app.outbound.retries import pause_before_next
from app.outbound.trace import name_origin


class RetryTransport(BaseTransport):
    """Stands around the transport that sends."""

    def __init__(self, transport: BaseTransport) -> None:
        self._transport = transport

    def handle_request(self, request: Request) -> Response:
        """Send a call, up to three times."""
        name_origin(request)
        for attempt in count(1):
            outcome: Response | TransportError
            try:
                outcome = self._send(request)
            except TransportError as error:
                outcome = error
            pause = pause_before_next(request, attempt, outcome, seconds_left())
            if pause is None:
                break
            if isinstance(outcome, Response):
                outcome.close()
            sleep(pause)
        if isinstance(outcome, TransportError):
            raise outcome
        try:
            check_head(request, outcome)
        except UnexpectedAnswer:
            outcome.close()
            raise
        assert isinstance(outcome.stream, SyncByteStream)
        outcome.stream = LimitedStream(outcome.stream)
        return outcome

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _send(self, request: Request) -> Response:
        timeout = request.extensions["timeout"]
        timeout["pool"] = max(0.0, min(timeout["pool"], seconds_left()))
        try:
            return self._transport.handle_request(request)
        except PoolTimeout as error:
            if seconds_left() <= 0:
                raise ReadTimeout("the time of the call is over", request=request) from error
            raise


class LimitedStream(SyncByteStream):
    """The body of an answer, up to a limit."""

    def __init__(self, stream: SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        """Pass the body on."""
        received = 0
        for chunk in self._stream:
            received += len(chunk)
            if received > MAX_BYTES:
                raise TooLarge
            yield chunk

    def close(self) -> None:
        """Give the connection back."""
        self._stream.close()
