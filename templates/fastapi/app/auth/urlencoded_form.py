"""Forms are urlencoded only, since sign-in has no uploads."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute


class UrlencodedRoute(APIRoute):
    """A route that treats a multipart body as one that is no form, and does not parse it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Hide the content type of a multipart body from the parser."""
        handle = super().get_route_handler()

        async def handle_urlencoded(request: Request) -> Response:
            if request.headers.get("Content-Type", "").lower().startswith("multipart/"):
                headers = [pair for pair in request.scope["headers"] if pair[0] != b"content-type"]
                request = Request({**request.scope, "headers": headers}, request.receive)
            return await handle(request)

        return handle_urlencoded
