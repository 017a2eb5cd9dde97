"""How often a sign-in may fail: counted in Redis for all processes, or else in this one."""

import logging
from collections.abc import Callable
from threading import BoundedSemaphore
from time import monotonic
from typing import TypeVar

from flask import current_app, request
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import Redis
from werkzeug.exceptions import TooManyRequests

from app.auth.client_address import find_client
from app.auth.messages import TOO_MANY_FAILURES
from app.auth.settings import AuthSettings
from app.auth.sign_in_limit import LIMIT, REDIS_RETRY_SECONDS, make_keys, seconds_to_wait
from app.workers import available_cpus

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class SignInLimiter:
    """Counts failed sign-ins, and answers 429 after too many in the last minute."""

    def __init__(self, settings: AuthSettings, redis: Redis | None) -> None:
        # A hash takes a processor and 64 MiB. And as a failure is counted before the semaphore is
        # released, a burst of sign-ins cannot outrun the limit.
        self.hash_semaphore = BoundedSemaphore(available_cpus())
        self._trusted_proxies = settings.trusted_proxies
        self._in_process = MovingWindowRateLimiter(MemoryStorage())
        self._in_redis: MovingWindowRateLimiter | None = None
        self._redis_retry_at = 0.0
        if redis:
            # The pool knows the address.
            pool = redis.connection_pool
            storage = RedisStorage("redis://", connection_pool=pool, wrap_exceptions=True)
            self._in_redis = MovingWindowRateLimiter(storage)

    def keys_of_request(self, email: str) -> list[str]:
        """Return the keys of the address and of the client."""
        forwarded_for = request.headers.get("X-Forwarded-For", "")
        client = find_client(request.remote_addr or "", forwarded_for, self._trusted_proxies)
        return make_keys(email, client)

    def check(self, keys: list[str]) -> None:
        """Answer 429 where one of the keys has too many failures."""
        windows = self._run(lambda store: [store.get_window_stats(LIMIT, key) for key in keys])
        if seconds := seconds_to_wait(windows):
            raise TooManyRequests(TOO_MANY_FAILURES, retry_after=seconds)

    def count_failure(self, keys: list[str]) -> None:
        """Count a failure for each of the keys."""
        self._run(lambda store: [store.hit(LIMIT, key) for key in keys])

    def _run(self, action: Callable[[MovingWindowRateLimiter], Result]) -> Result:
        if self._in_redis and monotonic() >= self._redis_retry_at:
            try:
                return action(self._in_redis)
            except StorageError as error:
                logger.warning("failed sign-ins are counted in this process only: %s", error)
                self._redis_retry_at = monotonic() + REDIS_RETRY_SECONDS
        return action(self._in_process)


def get_limiter() -> SignInLimiter:
    """Return the limiter of the application."""
    limiter: SignInLimiter = current_app.extensions["sign_in_limiter"]
    return limiter
