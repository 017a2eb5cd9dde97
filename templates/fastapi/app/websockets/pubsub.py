"""Rooms across workers: what is said in one worker, Redis passes on to the others."""

import asyncio
from collections.abc import Callable
from typing import NoReturn

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.websockets.settings import CHANNEL
from app.websockets.subscription import Subscription

# uvloop raises the last one where a connection is lost while something is written to it.
FAILURES = (RedisError, OSError, RuntimeError)


class PubSub:
    """One subscription and one queue for all rooms of this worker."""

    def __init__(self, redis: Redis, deliver: Callable[[str, str], None]) -> None:
        self.tried = asyncio.Event()
        self._redis = redis
        self._subscription = Subscription(deliver)
        self._waiting = asyncio.Event()

    def publish(self, room: str, frame: str) -> None:
        """Pass a frame on to the other workers, without waiting."""
        self._subscription.enqueue(room, frame)
        self._waiting.set()

    async def send(self) -> None:
        """Send what is to be passed on, for ever."""
        while True:
            await self._waiting.wait()
            await self.flush()

    async def flush(self) -> None:
        """Send what waits."""
        self._waiting.clear()
        subscribed = self._subscription.subscribed
        try:
            pipeline = self._redis.pipeline(transaction=False)
            for envelope in self._subscription.dequeue():
                pipeline.publish(CHANNEL, envelope)
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
            await pubsub.subscribe(CHANNEL)
            while True:
                message = await pubsub.get_message(timeout=self._subscription.timeout)
                if self._subscription.take(message):
                    await pubsub.ping()
                self.tried.set()
