"""What a worker tells the others of its service through Redis, and what it hears from them."""

import logging
import random
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, ValidationError

# So many frames wait for Redis; more are not passed on.
MAX_QUEUE = 1000
# After such a silence Redis is asked whether it is there, and must answer.
SILENCE_SECONDS = 2
ANSWER_SECONDS = 1
FIRST_DELAY, LAST_DELAY = 0.1, 5.0

logger = logging.getLogger(__name__)


class Envelope(BaseModel):
    """A frame, its room, and the worker that has delivered it to its own clients."""

    origin: str
    room: str
    frame: str


class Subscription:
    """The state of a worker's subscription to the channel of its service."""

    def __init__(self, service: str, deliver: Callable[[str, str], None]) -> None:
        # Services that share a Redis do not mix.
        self.channel = f"rooms:{service}"
        self.origin = uuid4().hex
        self.subscribed = False
        # How long to wait for the next message.
        self.timeout = ANSWER_SECONDS
        self._deliver = deliver
        self._connected = True
        self._delay = FIRST_DELAY

    def wrap(self, room: str, frame: str) -> str:
        """Write what the other workers are to get."""
        return Envelope(origin=self.origin, room=room, frame=frame).model_dump_json()

    def take(self, message: Mapping[str, Any] | None) -> bool:
        """Take a message, or nothing after the timeout; tell whether Redis has to be pinged."""
        if message is None:
            if self.timeout == ANSWER_SECONDS:
                raise TimeoutError("no answer")
            self.timeout = ANSWER_SECONDS
            return True
        self.timeout = SILENCE_SECONDS
        if message["type"] == "message":
            self._open(message["data"])
        else:
            self.subscribed = True
            if not self._connected:
                logger.info("Redis is back: messages reach every worker")
            self._connected = True
        return False

    def end(self, error: object) -> float:
        """Note that it has ended; return the seconds until the next try."""
        self.mark_disconnected(error)
        self._delay = FIRST_DELAY if self.subscribed else min(2 * self._delay, LAST_DELAY)
        self.subscribed, self.timeout = False, ANSWER_SECONDS
        return self._delay * random.uniform(0.5, 1)

    def mark_disconnected(self, error: object) -> None:
        """Log that Redis is away, once."""
        if self._connected:
            logger.warning("messages reach only this worker, as Redis is away: %s", error)
        self._connected = False

    def _open(self, data: bytes) -> None:
        try:
            envelope = Envelope.model_validate_json(data)
        except ValidationError:
            logger.warning("something on the channel %s is no envelope", self.channel)
            return
        if envelope.origin != self.origin:
            self._deliver(envelope.room, envelope.frame)
