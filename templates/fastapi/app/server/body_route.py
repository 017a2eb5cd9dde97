"""A shortcut to a route that takes nothing but a body, for which FastAPI has nothing to prepare."""

import json
from inspect import iscoroutinefunction, signature
from typing import Annotated, Any, get_args, get_origin

from fastapi import Request, Response
from fastapi.params import Body
from fastapi.routing import APIRoute, RouteContext
from starlette.types import Message, Receive, Scope, Send

JSON = b"content-type", b"application/json"


class BodyRoute(APIRoute):
    """A route whose body goes straight to its function."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with a body as most are; FastAPI answers all others."""
        if self.methods and scope["method"] in self.methods:
            message = await receive()
            body = _read(message, scope)
            if body is not None:
                request = Request(scope, receive, send)
                response = await self.endpoint(request=request, body=body, **scope["path_params"])
                await response(scope, receive, send)
                return
            receive = _repeat(message, receive)
        await super().handle(scope, receive, send)


def takes_only_a_body(route: RouteContext) -> bool:
    """Return whether FastAPI would give the function the body as it is, and send its response."""
    endpoint: Any = route.endpoint
    found = signature(endpoint)
    given = {name: parameter.annotation for name, parameter in found.parameters.items()}
    body = given.pop("body", None)
    return (
        _is_any_body(body)
        and given == {"request": Request} | dict.fromkeys(route.param_convertors, str)
        and found.return_annotation is Response
        and iscoroutinefunction(endpoint)
        and not route.dependencies
        and route.max_body_size is None
    )


def _is_any_body(annotation: Any) -> bool:
    if get_origin(annotation) is not Annotated:
        return False
    allowed, *metadata = get_args(annotation)
    return allowed is Any and [type(each) for each in metadata] == [Body] and not metadata[0].embed


def _read(message: Message, scope: Scope) -> dict[str, Any] | None:
    """Read an object in JSON that has come whole."""
    if message.get("more_body") or JSON not in scope["headers"]:
        return None
    try:
        body = json.loads(message.get("body", b""))
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _repeat(message: Message, receive: Receive) -> Receive:
    """Let a message be received once more."""
    messages = [message]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again
