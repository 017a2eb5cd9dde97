"""A transport that repeats a call where that is safe, and limits its answer."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count

from httpx2 import AsyncBaseTransport, AsyncByteStream, Request, Response, TransportError

from app.outbound.answers import MAX_BYTES, TooLarge, UnexpectedAnswer, check_head
from app.outbound.deadline import seconds_left
from app.outbound.retries import pause_before_next
from app.outbound.trace import name_origin


class RetryTransport(AsyncBaseTransport):
    """Stands around the transport that sends."""

    def __init__(self, transport: AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: Request) -> Response:
        """Send a call, up to three times."""
        name_origin(request)
        for attempt in count(1):
            outcome: Response | TransportError
            try:
                outcome = await self._transport.handle_async_request(request)
            except TransportError as error:
                outcome = error
            pause = pause_before_next(request, attempt, outcome, seconds_left())
            if pause is None:
                break
            if isinstance(outcome, Response):
                await outcome.aclose()
            await asyncio.sleep(pause)
        if isinstance(outcome, TransportError):
            raise outcome
        try:
            check_head(request, outcome)
        except UnexpectedAnswer:
            await outcome.aclose()
            raise
        assert isinstance(outcome.stream, AsyncByteStream)
        outcome.stream = LimitedStream(outcome.stream)
        return outcome

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()


class LimitedStream(AsyncByteStream):
    """The body of an answer, up to a limit."""

    def __init__(self, stream: AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Pass the body on."""
        received = 0
        async for chunk in self._stream:
            received += len(chunk)
            if received > MAX_BYTES:
                raise TooLarge
            yield chunk

    async def aclose(self) -> None:
        """Give the connection back."""
        await self._stream.aclose()
