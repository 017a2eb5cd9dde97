"""Rooms across workers: what is said in one worker, Redis passes on to the others."""

import logging
import random
from collections.abc import Callable
from queue import Empty, Full, Queue
from threading import Event, Lock, Thread
from time import sleep
from uuid import uuid4

from pydantic import ValidationError
from redis import Redis
from redis.exceptions import RedisError

from app.websockets.envelope import Envelope, channel_of

# So many frames wait for Redis; more are not passed on.
MAX_QUEUE = 1000
# After such a silence Redis is asked whether it is there, and must answer.
SILENCE_SECONDS = 2
ANSWER_SECONDS = 1
# How long the first socket waits for the subscription.
START_SECONDS = 2
FIRST_DELAY, LAST_DELAY = 0.1, 5.0

logger = logging.getLogger(__name__)


class FanOut:
    """One subscription and one queue for all rooms of this worker."""

    def __init__(self, redis: Redis, service: str, deliver: Callable[[str, str], None]) -> None:
        self._redis = redis
        self._channel = channel_of(service)
        self._deliver = deliver
        self._origin = ""
        self._queue: Queue[str] = Queue(MAX_QUEUE)
        self._starting = Lock()
        self._tried = Event()
        self._subscribed = False
        self._lost = False

    def start(self) -> None:
        """Start in this process, once; return once it hears the others, or Redis is away."""
        with self._starting:
            if not self._origin:
                self._origin = uuid4().hex
                Thread(target=self._send, daemon=True).start()
                Thread(target=self._receive, daemon=True).start()
        self._tried.wait(START_SECONDS)

    def publish(self, room: str, frame: str) -> None:
        """Pass a frame on to the other workers, without waiting."""
        envelope = Envelope(origin=self._origin, room=room, frame=frame)
        try:
            self._queue.put_nowait(envelope.model_dump_json())
        except Full:
            self._lose("too many messages wait for it")

    def _send(self) -> None:
        """Send what is to be passed on, for ever."""
        while True:
            batch = [self._queue.get()]
            while True:
                try:
                    batch.append(self._queue.get_nowait())
                except Empty:
                    break
            subscribed = self._subscribed
            try:
                pipeline = self._redis.pipeline(transaction=False)
                for envelope in batch:
                    pipeline.publish(self._channel, envelope)
                pipeline.execute()
            except (RedisError, OSError) as error:
                # What was on its way when Redis came back belongs to the outage before.
                if subscribed:
                    self._lose(error)

    def _receive(self) -> None:
        """Deliver what other workers pass on, for ever."""
        delay = FIRST_DELAY
        while True:
            try:
                self._listen()
            except (RedisError, OSError) as error:
                self._lose(error)
            delay = FIRST_DELAY if self._subscribed else min(2 * delay, LAST_DELAY)
            self._subscribed = False
            self._tried.set()
            sleep(delay * random.uniform(0.5, 1))

    def _listen(self) -> None:
        with self._redis.pubsub() as subscription:  # type: ignore[no-untyped-call]
            subscription.subscribe(self._channel)
            timeout = ANSWER_SECONDS
            while True:
                message = subscription.get_message(timeout=timeout)
                if message:
                    timeout = SILENCE_SECONDS
                    self._take(message["type"], message["data"])
                elif timeout == SILENCE_SECONDS:
                    timeout = ANSWER_SECONDS
                    subscription.ping()
                else:
                    raise TimeoutError("no answer")

    def _take(self, kind: str, data: bytes) -> None:
        if kind == "subscribe":
            self._subscribed = True
            self._find()
            self._tried.set()
        elif kind == "pong":
            self._find()
        elif kind == "message":
            try:
                envelope = Envelope.model_validate_json(data)
            except ValidationError:
                logger.warning("something on the channel %s is no envelope", self._channel)
                return
            if envelope.origin != self._origin:
                self._deliver(envelope.room, envelope.frame)

    def _lose(self, error: object) -> None:
        if not self._lost:
            self._lost = True
            logger.warning("messages reach only this worker, as Redis is away: %s", error)

    def _find(self) -> None:
        if self._lost:
            self._lost = False
            logger.info("Redis is back: messages reach every worker")
