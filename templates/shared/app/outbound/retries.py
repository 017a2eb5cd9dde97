"""Whether a call is made again, and when: the rules alone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import random

from httpx2 import (
    ByteStream,
    ConnectError,
    ConnectTimeout,
    NetworkError,
    PoolTimeout,
    RemoteProtocolError,
    Request,
    Response,
    TimeoutException,
    TransportError,
)

ATTEMPTS = 3
PAUSE_SECONDS = 0.1
MAX_RETRY_AFTER_SECONDS = 2
# Sent twice, these do what they do once.
IDEMPOTENT = {"DELETE", "GET", "HEAD", "OPTIONS", "PUT", "TRACE"}
# Too many requests, and what a proxy says whose service is away.
PASSING = {429, 502, 503, 504}
NOTHING_SENT = (ConnectError, ConnectTimeout)
LOST = (NetworkError, RemoteProtocolError, TimeoutException)


def pause_before_next(
    request: Request, attempt: int, outcome: Response | TransportError, seconds_left: float
) -> float | None:
    """Return how many seconds to wait before the next attempt; none where it was the last."""
    if attempt >= ATTEMPTS or not _may_repeat(request, outcome):
        return None
    # At random, so that those who failed together do not come back together.
    pause = random() * PAUSE_SECONDS * 2**attempt
    if isinstance(outcome, Response):
        wanted = read_retry_after(outcome.headers)
        if wanted > MAX_RETRY_AFTER_SECONDS:
            return None
        pause += wanted
    return pause if pause < seconds_left else None


def read_retry_after(headers: Mapping[str, str]) -> float:
    """Return how many seconds an answer wants to be left alone; 0 where it does not say."""
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        return (parsedate_to_datetime(text).astimezone(UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):
        return 0.0


def _may_repeat(request: Request, outcome: Response | TransportError) -> bool:
    # A body that is read piece by piece may be used up.
    if isinstance(outcome, PoolTimeout) or not isinstance(request.stream, ByteStream):
        return False
    if isinstance(outcome, NOTHING_SENT):
        return True
    if request.method not in IDEMPOTENT:
        return False
    if isinstance(outcome, Response):
        return outcome.status_code in PASSING
    return isinstance(outcome, LOST)
