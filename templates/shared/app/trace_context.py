"""The trace that a request belongs to, as its client names it (W3C Trace Context)."""

import re
from contextvars import ContextVar

# No version ff, and no id of zeros only.
TRACEPARENT = re.compile(
    r"(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}", re.ASCII
)

traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)


def note_traceparent(header: str | None) -> None:
    """Keep what the request says of its trace, where it is well formed."""
    traceparent.set(header if header and TRACEPARENT.fullmatch(header) else None)
