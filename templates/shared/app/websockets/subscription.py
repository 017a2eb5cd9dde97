"""What a worker tells the others of its service through Redis, and what it hears from them."""

import logging
import random
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from app.websockets.limits import MAX_WAITING_BYTES
from app.websockets.settings import CHANNEL

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

    def __init__(self, deliver: Callable[[str, str], None]) -> None:
        self.origin = uuid4().hex
        self.subscribed = False
        # How long to wait for the next message.
        self.timeout = ANSWER_SECONDS
        self._deliver = deliver
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._connected = True
        self._delay = FIRST_DELAY

    def enqueue(self, room: str, frame: str) -> None:
        """Keep what the other workers are to get, unless too much waits for Redis already."""
        envelope = Envelope(origin=self.origin, room=room, frame=frame).model_dump_json().encode()
        if self._waiting_bytes + len(envelope) > MAX_WAITING_BYTES:
            self.mark_disconnected("too many messages wait for it")
            return
        self._waiting.append(envelope)
        self._waiting_bytes += len(envelope)

    def dequeue(self) -> list[bytes]:
        """Take all that the other workers are to get."""
        taken, self._waiting, self._waiting_bytes = self._waiting, [], 0
        return taken

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
            logger.warning("something on the channel %s is no envelope", CHANNEL)
            return
        if envelope.origin != self.origin:
            self._deliver(envelope.room, envelope.frame)
