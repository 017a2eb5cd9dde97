"""The old application as one that FastAPI can call: each request has a thread of its own."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO

from fastapi import HTTPException
from flask import Flask
from starlette.types import Message, Receive, Scope, Send

from app.strangler.wsgi import Answer, build_environ

# How many requests may wait for each thread. More would wait for longer than their clients do.
WAITING_PER_THREAD = 16
BUSY = "The service has too many requests under way."
CUT_OFF = "The request is not valid HTTP."
# What is more of a body waits in a temporary file.
MAX_BYTES_IN_MEMORY = 1_048_576


class OldApplication:
    """Answers a request with Flask."""

    def __init__(self, flask: Flask, threads: int) -> None:
        self.flask = flask
        self._threads = ThreadPoolExecutor(threads)
        self._limit = threads * (1 + WAITING_PER_THREAD)
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it while too many wait."""
        if self._under_way >= self._limit:
            raise HTTPException(503, BUSY, {"Retry-After": "1"})
        self._under_way += 1
        try:
            with SpooledTemporaryFile(MAX_BYTES_IN_MEMORY) as body:
                await _read_body(receive, body)
                await self._answer(scope, body, send)
        finally:
            self._under_way -= 1

    def close(self) -> None:
        """Wait for the requests that are under way."""
        self._threads.shutdown()

    async def _answer(self, scope: Scope, body: IO[bytes], send: Send) -> None:
        loop = asyncio.get_running_loop()

        def send_from_thread(message: Message) -> None:
            asyncio.run_coroutine_threadsafe(_send(message), loop).result()

        async def _send(message: Message) -> None:
            await send(message)

        call = partial(self._call_flask, scope, body, Answer(send_from_thread))
        for message in await loop.run_in_executor(self._threads, copy_context().run, call):
            await send(message)

    def _call_flask(self, scope: Scope, body: IO[bytes], answer: Answer) -> list[Message]:
        parts = self.flask(build_environ(scope, body), answer.start)
        try:
            for part in parts:
                answer.write(part)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        return answer.end()


async def _read_body(receive: Receive, body: IO[bytes]) -> None:
    """Read all of the body; Flask would take what came of it before it broke off for the whole."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HTTPException(400, CUT_OFF)
        body.write(message.get("body", b""))
        if not message.get("more_body"):
            body.seek(0)
            return
