"""Limits that all processes share through Redis; while Redis is away, each counts for itself."""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import RateLimiter
from redis import Redis

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
            # The pool knows the address.
            pool = redis.connection_pool
            storage = RedisStorage("redis://", connection_pool=pool, wrap_exceptions=True)
            self._in_redis = strategy(storage)

    def run(self, action: Callable[[Strategy], Result]) -> Result:
        """Do this with the strategy."""
        if self._in_redis and monotonic() >= self._redis_retry_at:
            try:
                return action(self._in_redis)
            except StorageError as error:
                logger.warning("%s are counted in this process only: %s", self._counted, error)
                self._redis_retry_at = monotonic() + REDIS_RETRY_SECONDS
        return action(self._in_process)
