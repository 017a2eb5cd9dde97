"""Until when a call may last; each part of it reads what is left."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from time import monotonic

_end: ContextVar[float] = ContextVar("end", default=inf)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Let what is called inside end in so many seconds."""
    before = _end.set(monotonic() + seconds)
    try:
        yield
    finally:
        _end.reset(before)


def seconds_left() -> float:
    """Return how many seconds the call still has."""
    return _end.get() - monotonic()
