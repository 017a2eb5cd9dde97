"""Counts the requests of a caller, and answers 429 after too many."""

from collections.abc import Callable

from fastapi import Request
from limits import WindowStats, parse
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.error_handlers import problem_response
from app.rate_limit.rules import (
    TOO_MANY_REQUESTS,
    is_counted,
    limit_headers,
    make_key,
    seconds_left,
)
from app.server.proxies import local_path
from app.settings import Settings
from app.shared_limiter import SharedLimiter


class RequestLimiter:
    """Counts requests in Redis, or in this process."""

    def __init__(
        self, settings: Settings, redis: Redis | None, identify: Callable[[Request], str]
    ) -> None:
        self.limit = parse(settings.rate_limit)
        self._identify = identify
        self._limiter = SharedLimiter(SlidingWindowCounterRateLimiter, redis, "requests")

    async def hit(self, request: Request) -> tuple[bool, WindowStats]:
        """Count the request; return whether it is allowed, and what is left."""
        key = make_key(self._identify(request))
        return await self._limiter.run(lambda strategy: self._hit(strategy, key))

    async def _hit(
        self, strategy: SlidingWindowCounterRateLimiter, key: str
    ) -> tuple[bool, WindowStats]:
        allowed = await strategy.hit(self.limit, key)
        return allowed, await strategy.get_window_stats(self.limit, key)


class RateLimitMiddleware:
    """Runs around each request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 429 where a request is one too many; say how many are left."""
        if scope["type"] != "http" or not is_counted(scope["method"], local_path(scope)):
            await self.app(scope, receive, send)
            return
        limiter: RequestLimiter = scope["app"].state.request_limiter
        allowed, window = await limiter.hit(Request(scope))
        headers = limit_headers(limiter.limit, window)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        answer = self.app
        if not allowed:
            headers["Retry-After"] = str(seconds_left(window))
            answer = problem_response(scope["path"], 429, TOO_MANY_REQUESTS)
        await answer(scope, receive, send_with_headers)
