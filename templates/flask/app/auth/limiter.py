"""How often a sign-in may fail: counted in Redis for all processes, or else in this one."""

import logging
from collections.abc import Callable
from hashlib import sha256
from math import ceil
from threading import BoundedSemaphore
from time import monotonic, time
from typing import TypeVar

from flask import current_app, request
from limits import RateLimitItemPerMinute, WindowStats
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import Redis

from app.auth.client_address import find_client
from app.auth.refusal import Refusal
from app.auth.settings import AuthSettings
from app.workers import available_cpus

LIMIT = RateLimitItemPerMinute(10, namespace="sign-in")
# How long Redis is left alone after it did not answer.
REST_SECONDS = 5
TOO_MANY = "There were too many failed sign-ins. Try again later."

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class SignInLimiter:
    """Refuses sign-ins for an address or a client with too many failures in the last minute."""

    def __init__(self, settings: AuthSettings, redis: Redis | None) -> None:
        # A hash takes a processor and 64 MiB. And as a failure is counted before its slot is given
        # back, a burst of sign-ins cannot outrun the limit.
        self.slots = BoundedSemaphore(available_cpus())
        self._trusted_proxies = settings.trusted_proxies
        self._in_process = MovingWindowRateLimiter(MemoryStorage())
        self._in_redis: MovingWindowRateLimiter | None = None
        self._redis_rests_until = 0.0
        if redis:
            # The pool knows the address.
            pool = redis.connection_pool
            storage = RedisStorage("redis://", connection_pool=pool, wrap_exceptions=True)
            self._in_redis = MovingWindowRateLimiter(storage)

    def identify(self, email: str) -> list[str]:
        """Name the address and the client that a failure counts for; say nothing personal."""
        forwarded_for = request.headers.get("X-Forwarded-For", "")
        client = find_client(request.remote_addr or "", forwarded_for, self._trusted_proxies)
        names = f"address {email}", f"client {client}"
        return [sha256(name.encode()).hexdigest() for name in names]

    def refuse_too_many(self, keys: list[str]) -> None:
        """Answer 429 where one of the keys has too many failures."""
        stats = [self._stats(key) for key in keys]
        waits = [reset_time - time() for reset_time, remaining in stats if remaining <= 0]
        if waits:
            raise Refusal(429, TOO_MANY, {"Retry-After": str(max(1, ceil(max(waits))))})

    def count_failure(self, keys: list[str]) -> None:
        """Count a failure for each of the keys."""
        for key in keys:
            self._hit(key)

    def _stats(self, key: str) -> WindowStats:
        return self._ask(lambda limiter: limiter.get_window_stats(LIMIT, key))

    def _hit(self, key: str) -> bool:
        return self._ask(lambda limiter: limiter.hit(LIMIT, key))

    def _ask(self, question: Callable[[MovingWindowRateLimiter], Result]) -> Result:
        if self._in_redis and monotonic() >= self._redis_rests_until:
            try:
                return question(self._in_redis)
            except StorageError as error:
                logger.warning("failed sign-ins are counted in this process only: %s", error)
                self._redis_rests_until = monotonic() + REST_SECONDS
        return question(self._in_process)


def get_limiter() -> SignInLimiter:
    """Return the limiter of the application."""
    limiter: SignInLimiter = current_app.extensions["sign_in_limiter"]
    return limiter
