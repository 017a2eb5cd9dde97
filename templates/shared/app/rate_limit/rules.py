"""Which requests count, and what their answers say about it."""

from hashlib import sha256
from time import time

from limits import RateLimitItem, WindowStats

TOO_MANY_REQUESTS = "There were too many requests. Try again later."


def is_counted(method: str, path: str) -> bool:
    """Return whether a request counts: to the API, or what is sent elsewhere, but no probe."""
    return path.startswith("/api/") or method not in {"GET", "HEAD"}


def make_key(caller: str) -> str:
    """Return the key that requests are counted under: a hash, so that Redis holds no addresses."""
    return sha256(caller.encode()).hexdigest()


def seconds_left(window: WindowStats) -> int:
    """Return after how many seconds one more request is free; at the very moment it is not yet."""
    return max(0, int(window.reset_time - time())) + 1


def limit_headers(limit: RateLimitItem, window: WindowStats) -> dict[str, str]:
    """Return the headers of draft-ietf-httpapi-ratelimit-headers-10."""
    return {
        "RateLimit-Policy": f'"default";q={limit.amount};w={limit.get_expiry()}',
        "RateLimit": f'"default";r={window.remaining};t={seconds_left(window)}',
    }
