"""Counts the requests of a caller, and answers 429 after too many."""

from collections.abc import Callable

from flask import Response, g, request
from limits import WindowStats, parse
from limits.strategies import SlidingWindowCounterRateLimiter
from redis import Redis
from werkzeug.exceptions import TooManyRequests

from app.rate_limit.rules import (
    TOO_MANY_REQUESTS,
    is_counted,
    limit_headers,
    make_key,
    seconds_left,
)
from app.settings import Settings
from app.shared_limiter import SharedLimiter


class RequestLimiter:
    """Runs before and after each request."""

    def __init__(
        self, settings: Settings, redis: Redis | None, identify: Callable[[], str]
    ) -> None:
        self._limit = parse(settings.rate_limit)
        self._identify = identify
        self._limiter = SharedLimiter(SlidingWindowCounterRateLimiter, redis, "requests")

    def check(self) -> None:
        """Count the request; answer 429 where it is one too many."""
        if not is_counted(request.method, request.path):
            return
        key = make_key(self._identify())
        allowed, window = self._limiter.run(lambda strategy: self._hit(strategy, key))
        g.rate_limit_headers = limit_headers(self._limit, window)
        if not allowed:
            raise TooManyRequests(TOO_MANY_REQUESTS, retry_after=seconds_left(window))

    def add_headers(self, response: Response) -> Response:
        """Say how many requests are left."""
        response.headers.update(g.get("rate_limit_headers", {}))
        return response

    def _hit(self, strategy: SlidingWindowCounterRateLimiter, key: str) -> tuple[bool, WindowStats]:
        return strategy.hit(self._limit, key), strategy.get_window_stats(self._limit, key)
