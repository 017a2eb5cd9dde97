"""What a prediction adds to the log line of its request."""

import logging
from contextvars import ContextVar
from typing import Any

_facts: ContextVar[dict[str, Any] | None] = ContextVar("prediction", default=None)


def log_prediction(**facts: Any) -> None:
    """Add facts to the log line of the current request."""
    _facts.set({**(_facts.get() or {}), **facts})


def _add(record: logging.LogRecord) -> bool:
    """Add the facts once: the thread handles other requests later."""
    if record.msg == "request" and (facts := _facts.get()):
        vars(record).update(facts)
        _facts.set(None)
    return True


logging.getLogger("app.middleware").addFilter(_add)
