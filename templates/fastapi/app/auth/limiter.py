"""How often a sign-in may fail: counted in Redis for all processes, or else in this one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from hashlib import sha256
from math import ceil
from time import monotonic, time
from typing import Annotated, Any, TypeVar

from fastapi import Depends, HTTPException, Request
from limits import RateLimitItemPerMinute, WindowStats
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import Redis

from app.auth.client_address import find_client
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
        self.slots = asyncio.Semaphore(available_cpus())
        self._trusted_proxies = settings.trusted_proxies
        self._in_process = MovingWindowRateLimiter(MemoryStorage())
        self._in_redis: MovingWindowRateLimiter | None = None
        self._redis_rests_until = 0.0
        if redis:
            options: dict[str, Any] = {
                "implementation": "redispy",
                "connection_pool": redis.connection_pool,
            }
            # The pool knows the address.
            storage = RedisStorage("redis://", wrap_exceptions=True, **options)
            self._in_redis = MovingWindowRateLimiter(storage)

    def identify(self, request: Request, email: str) -> list[str]:
        """Name the address and the client that a failure counts for; say nothing personal."""
        peer = request.client.host if request.client else ""
        forwarded_for = ",".join(request.headers.getlist("X-Forwarded-For"))
        client = find_client(peer, forwarded_for, self._trusted_proxies)
        names = f"address {email}", f"client {client}"
        return [sha256(name.encode()).hexdigest() for name in names]

    async def refuse_too_many(self, keys: list[str]) -> None:
        """Answer 429 where one of the keys has too many failures."""
        stats = [await self._stats(key) for key in keys]
        waits = [reset_time - time() for reset_time, remaining in stats if remaining <= 0]
        if waits:
            seconds = str(max(1, ceil(max(waits))))
            raise HTTPException(429, TOO_MANY, {"Retry-After": seconds})

    async def count_failure(self, keys: list[str]) -> None:
        """Count a failure for each of the keys."""
        for key in keys:
            await self._hit(key)

    async def _stats(self, key: str) -> WindowStats:
        return await self._ask(lambda limiter: limiter.get_window_stats(LIMIT, key))

    async def _hit(self, key: str) -> bool:
        return await self._ask(lambda limiter: limiter.hit(LIMIT, key))

    async def _ask(
        self, question: Callable[[MovingWindowRateLimiter], Awaitable[Result]]
    ) -> Result:
        if self._in_redis and monotonic() >= self._redis_rests_until:
            try:
                return await question(self._in_redis)
            except StorageError as error:
                logger.warning("failed sign-ins are counted in this process only: %s", error)
                self._redis_rests_until = monotonic() + REST_SECONDS
        return await question(self._in_process)


async def get_limiter(request: Request) -> SignInLimiter:
    """Lend the limiter of the application to a request."""
    limiter: SignInLimiter = request.app.state.sign_in_limiter
    return limiter


LimiterDep = Annotated[SignInLimiter, Depends(get_limiter)]
