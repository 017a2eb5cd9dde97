"""The limit of failed sign-ins, for each address and for each client."""

from collections.abc import Iterable
from hashlib import sha256
from math import ceil
from time import time

from limits import RateLimitItemPerMinute, WindowStats

LIMIT = RateLimitItemPerMinute(10, namespace="sign-in")


def make_keys(email: str, client: str) -> list[str]:
    """Return the keys that failures are counted under; hashes, so that Redis holds no addresses."""
    names = f"address {email}", client
    return [sha256(name.encode()).hexdigest() for name in names]


def seconds_to_wait(windows: Iterable[WindowStats]) -> int:
    """Return how long the client has to wait; 0 where no window is full."""
    waits = [reset_time - time() for reset_time, remaining in windows if remaining <= 0]
    return max(1, ceil(max(waits))) if waits else 0
