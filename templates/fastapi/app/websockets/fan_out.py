"""Rooms across workers: what is said in one worker, Redis passes on to the others."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.websockets.envelope import Envelope, channel_of

# So many frames wait for Redis; more are not passed on.
MAX_QUEUE = 1000
# After such a silence Redis is asked whether it is there, and must answer.
SILENCE_SECONDS = 2
ANSWER_SECONDS = 1
FIRST_DELAY, LAST_DELAY = 0.1, 5.0
# uvloop raises the last one where a connection is lost while something is written to it.
FAILURES = (RedisError, OSError, RuntimeError)

logger = logging.getLogger(__name__)


class FanOut:
    """One subscription and one queue for all rooms of this worker."""

    def __init__(self, redis: Redis, channel: str, deliver: Callable[[str, str], None]) -> None:
        self.tried = asyncio.Event()
        self._redis = redis
        self._channel = channel
        self._deliver = deliver
        self._origin = uuid4().hex
        self._queue: asyncio.Queue[str] = asyncio.Queue(MAX_QUEUE)
        self._subscribed = False
        self._lost = False

    def publish(self, room: str, frame: str) -> None:
        """Pass a frame on to the other workers, without waiting."""
        envelope = Envelope(origin=self._origin, room=room, frame=frame)
        try:
            self._queue.put_nowait(envelope.model_dump_json())
        except asyncio.QueueFull:
            self._lose("too many messages wait for it")

    async def send(self) -> None:
        """Send what is to be passed on, for ever."""
        while True:
            batch = [await self._queue.get()]
            while not self._queue.empty():
                batch.append(self._queue.get_nowait())
            subscribed = self._subscribed
            try:
                pipeline = self._redis.pipeline(transaction=False)
                for envelope in batch:
                    pipeline.publish(self._channel, envelope)
                await pipeline.execute()
            except FAILURES as error:
                # What was on its way when Redis came back belongs to the outage before.
                if subscribed:
                    self._lose(error)

    async def receive(self) -> None:
        """Deliver what other workers pass on, for ever."""
        delay = FIRST_DELAY
        while True:
            try:
                # Idle connections are as lost as the subscription; a message would be lost on one.
                await self._redis.connection_pool.disconnect(inuse_connections=False)
                await self._listen()
            except FAILURES as error:
                self._lose(error)
            delay = FIRST_DELAY if self._subscribed else min(2 * delay, LAST_DELAY)
            self._subscribed = False
            self.tried.set()
            await asyncio.sleep(delay * random.uniform(0.5, 1))

    async def _listen(self) -> None:
        async with self._redis.pubsub() as subscription:
            await subscription.subscribe(self._channel)
            timeout = ANSWER_SECONDS
            while True:
                message = await subscription.get_message(timeout=timeout)
                if message:
                    timeout = SILENCE_SECONDS
                    self._take(message["type"], message["data"])
                elif timeout == SILENCE_SECONDS:
                    timeout = ANSWER_SECONDS
                    await subscription.ping()
                else:
                    raise TimeoutError("no answer")

    def _take(self, kind: str, data: bytes) -> None:
        if kind == "subscribe":
            self._subscribed = True
            self._find()
            self.tried.set()
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
            logger.warning("messages reach only this worker, as Redis is away: %s", error)
        self._lost = True

    def _find(self) -> None:
        if self._lost:
            self._lost = False
            logger.info("Redis is back: messages reach every worker")


@asynccontextmanager
async def fan_out(
    redis: Redis, service: str, deliver: Callable[[str, str], None]
) -> AsyncIterator[FanOut]:
    """Share rooms with the other workers of a service."""
    fan_out = FanOut(redis, channel_of(service), deliver)
    tasks = [asyncio.create_task(fan_out.send()), asyncio.create_task(fan_out.receive())]
    # Whoever connects hears the other workers from the start.
    await fan_out.tried.wait()
    yield fan_out
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
