"""What a client is told where another service fails, and what the log says.

Neither has anything of what was sent or answered, which may be personal or secret.
"""

from typing import NamedTuple

from httpx2 import ConnectError, HTTPError, HTTPStatusError, PoolTimeout, TimeoutException

from app.outbound.answers import UnexpectedAnswer

BAD_ANSWER = "Another service that this one needs failed. Try again later."
NO_ANSWER = "Another service that this one needs did not answer in time. Try again later."
BUSY = "Too many requests wait for another service. Try again later."
RETRY_AFTER_SECONDS = 1


class Failure(NamedTuple):
    """What a client is told, and why."""

    status: int
    detail: str
    reason: str

    @property
    def headers(self) -> dict[str, str]:
        """When to try again, where that is known."""
        return {"Retry-After": str(RETRY_AFTER_SECONDS)} if self.status == 503 else {}


def explain(error: HTTPError) -> Failure:
    """Say what became of a call."""
    reason = f"the call to {error.request.url.host} failed: {_reason(error)}"
    if isinstance(error, PoolTimeout):
        return Failure(503, BUSY, reason)
    if isinstance(error, TimeoutException):
        return Failure(504, NO_ANSWER, reason)
    return Failure(502, BAD_ANSWER, reason)


def _reason(error: HTTPError) -> str:
    if isinstance(error, HTTPStatusError):
        return f"status {error.response.status_code}"
    # The text of any other error may have bytes of the answer in it.
    safe = isinstance(error, ConnectError | UnexpectedAnswer)
    return str(error) if safe else type(error).__name__
