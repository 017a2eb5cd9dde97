"""How often a sign-in may fail: counted in Redis for all processes, or else in this one."""

from threading import BoundedSemaphore

from flask import current_app
from limits.strategies import MovingWindowRateLimiter
from redis import Redis
from werkzeug.exceptions import TooManyRequests

from app.auth.messages import TOO_MANY_FAILURES
from app.auth.sign_in_limit import LIMIT, make_keys, seconds_to_wait
from app.identify_client import identify
from app.server.cpus import available_cpus
from app.shared_limiter import SharedLimiter


class SignInLimiter:
    """Counts failed sign-ins, and answers 429 after too many in the last minute."""

    def __init__(self, redis: Redis | None) -> None:
        # A hash takes a processor and 64 MiB. And as a failure is counted before the semaphore is
        # released, a burst of sign-ins cannot outrun the limit.
        self.hash_semaphore = BoundedSemaphore(available_cpus())
        self._limiter = SharedLimiter(MovingWindowRateLimiter, redis, "failed sign-ins")

    def keys_of_request(self, email: str) -> list[str]:
        """Return the keys of the address and of the client."""
        return make_keys(email, identify())

    def check(self, keys: list[str]) -> None:
        """Answer 429 where one of the keys has too many failures."""
        windows = self._limiter.run(
            lambda store: [store.get_window_stats(LIMIT, key) for key in keys]
        )
        if seconds := seconds_to_wait(windows):
            raise TooManyRequests(TOO_MANY_FAILURES, retry_after=seconds)

    def count_failure(self, keys: list[str]) -> None:
        """Count a failure for each of the keys."""
        self._limiter.run(lambda store: [store.hit(LIMIT, key) for key in keys])


def get_limiter() -> SignInLimiter:
    """Return the limiter of the application."""
    limiter: SignInLimiter = current_app.extensions["sign_in_limiter"]
    return limiter
