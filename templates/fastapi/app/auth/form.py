"""Forms: nobody uploads anything to sign in."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute


class UrlencodedRoute(APIRoute):
    """A route whose forms have one encoding; a body of several parts is no form and not parsed."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Hide the type of a body of several parts."""
        handle = super().get_route_handler()

        async def handle_urlencoded(request: Request) -> Response:
            if request.headers.get("Content-Type", "").lower().startswith("multipart/"):
                headers = [pair for pair in request.scope["headers"] if pair[0] != b"content-type"]
                request = Request({**request.scope, "headers": headers}, request.receive)
            return await handle(request)

        return handle_urlencoded
