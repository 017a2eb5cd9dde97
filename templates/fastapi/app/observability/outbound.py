"""Lets others see the calls of a client to other services."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar, cast

from httpx2 import Request, Response

from app.observability.calls import observe_call

Send = TypeVar("Send", bound=Callable[..., Awaitable[Response]])


def observed(send: Send) -> Send:
    """Make each call of a client's method `send` a span, and count it."""

    @wraps(send)
    async def send_observed(client: Any, request: Request, **options: Any) -> Response:
        with observe_call(request) as outcome:
            response = await send(client, request, **options)
            outcome.status = str(response.status_code)
            return response

    return cast("Send", send_observed)
