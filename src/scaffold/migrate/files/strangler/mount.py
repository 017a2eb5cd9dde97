"""The old application as one that FastAPI can call: each request has a thread of its own."""

from collections.abc import Iterable
from typing import Any, cast
from wsgiref.types import StartResponse, WSGIEnvironment

from a2wsgi import WSGIMiddleware
from fastapi import HTTPException
from flask import Flask
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# How many requests may wait for each thread. More would wait for longer than their clients do.
WAITING_PER_THREAD = 16
BUSY = "The service has too many requests under way."
CUT_OFF = "The request is not valid HTTP."


class OldApplication:
    """Answers a request with Flask."""

    def __init__(self, flask: Flask, threads: int) -> None:
        self.flask = flask
        middleware = WSGIMiddleware(cast(Any, self._call_flask), workers=threads)
        self._executor = middleware.executor
        self._call = cast(ASGIApp, middleware)
        self._limit = threads * (1 + WAITING_PER_THREAD)
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it while too many wait."""
        if self._under_way >= self._limit:
            raise HTTPException(503, BUSY, {"Retry-After": "1"})
        failure: Exception | None = None

        async def receive_whole() -> Message:
            nonlocal failure
            try:
                message = await receive()
                if message["type"] == "http.disconnect":
                    # Flask would take what came so far for the whole body.
                    raise HTTPException(400, CUT_OFF)
            except Exception as error:
                failure = error
                raise
            return message

        async def send_unless_failed(message: Message) -> None:
            # What Flask makes of a body that broke off or is too large is not the answer.
            if failure is None:
                await send(message)

        self._under_way += 1
        try:
            await self._call(scope, receive_whole, send_unless_failed)
        except Exception:
            if failure is None:
                raise
        finally:
            self._under_way -= 1
        if failure is not None:
            raise failure

    def close(self) -> None:
        """Wait for the requests that are under way."""
        self._executor.shutdown()

    def _call_flask(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        # Otherwise Werkzeug takes a chunked body, which has no length, for an empty one.
        environ["wsgi.input_terminated"] = True
        return self.flask(environ, start_response)
