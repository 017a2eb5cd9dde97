"""Rooms across workers: what is said in one worker, Redis passes on to the others."""

import asyncio
from collections.abc import Callable
from typing import NoReturn

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.websockets.subscription import MAX_QUEUE, Subscription

# uvloop raises the last one where a connection is lost while something is written to it.
FAILURES = (RedisError, OSError, RuntimeError)


class PubSub:
    """One subscription and one queue for all rooms of this worker."""

    def __init__(self, redis: Redis, service: str, deliver: Callable[[str, str], None]) -> None:
        self.tried = asyncio.Event()
        self._redis = redis
        self._subscription = Subscription(service, deliver)
        self._queue: asyncio.Queue[str] = asyncio.Queue(MAX_QUEUE)

    def publish(self, room: str, frame: str) -> None:
        """Pass a frame on to the other workers, without waiting."""
        try:
            self._queue.put_nowait(self._subscription.wrap(room, frame))
        except asyncio.QueueFull:
            self._subscription.mark_disconnected("too many messages wait for it")

    async def send(self) -> None:
        """Send what is to be passed on, for ever."""
        while True:
            batch = [await self._queue.get()]
            while not self._queue.empty():
                batch.append(self._queue.get_nowait())
            subscribed = self._subscription.subscribed
            try:
                pipeline = self._redis.pipeline(transaction=False)
                for envelope in batch:
                    pipeline.publish(self._subscription.channel, envelope)
                await pipeline.execute()
            except FAILURES as error:
                # What was on its way when Redis came back belongs to the outage before.
                if subscribed:
                    self._subscription.mark_disconnected(error)

    async def receive(self) -> None:
        """Deliver what other workers pass on, for ever."""
        while True:
            try:
                # Idle connections are as lost as the subscription; a message would be lost on one.
                await self._redis.connection_pool.disconnect(inuse_connections=False)
                await self._listen()
            except FAILURES as error:
                delay = self._subscription.end(error)
            self.tried.set()
            await asyncio.sleep(delay)

    async def _listen(self) -> NoReturn:
        async with self._redis.pubsub() as pubsub:
            await pubsub.subscribe(self._subscription.channel)
            while True:
                message = await pubsub.get_message(timeout=self._subscription.timeout)
                if self._subscription.take(message):
                    await pubsub.ping()
                self.tried.set()
