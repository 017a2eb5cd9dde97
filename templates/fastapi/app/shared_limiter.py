"""Limits that all processes share through Redis; while Redis is away, each counts for itself."""

import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, Generic, TypeVar

from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import RateLimiter
from limits.errors import StorageError
from redis.asyncio import Redis

# After a failure of Redis, events are counted in the process for this long.
REDIS_RETRY_SECONDS = 5

logger = logging.getLogger(__name__)
Strategy = TypeVar("Strategy", bound=RateLimiter)
Result = TypeVar("Result")


class SharedLimiter(Generic[Strategy]):
    """A strategy of `limits`, in Redis or in this process."""

    def __init__(self, strategy: type[Strategy], redis: Redis | None, counted: str) -> None:
        self._counted = counted
        self._in_process = strategy(MemoryStorage())
        self._in_redis: Strategy | None = None
        self._redis_retry_at = 0.0
        if redis:
            options: dict[str, Any] = {
                "implementation": "redispy",
                "connection_pool": redis.connection_pool,
            }
            # The pool knows the address.
            storage = RedisStorage("redis://", wrap_exceptions=True, **options)
            self._in_redis = strategy(storage)

    async def run(self, action: Callable[[Strategy], Awaitable[Result]]) -> Result:
        """Do this with the strategy."""
        if self._in_redis and monotonic() >= self._redis_retry_at:
            try:
                return await action(self._in_redis)
            except StorageError as error:
                logger.warning("%s are counted in this process only: %s", self._counted, error)
                self._redis_retry_at = monotonic() + REDIS_RETRY_SECONDS
        return await action(self._in_process)
