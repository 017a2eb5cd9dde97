"""Rooms across workers: what is said in one worker, Redis passes on to the others."""

from collections.abc import Callable
from threading import Condition, Event, Thread
from time import sleep
from typing import NoReturn
from uuid import uuid4

from redis import Redis
from redis.exceptions import RedisError

from app.websockets.settings import CHANNEL
from app.websockets.subscription import Subscription

# How long the first socket waits for the subscription.
START_SECONDS = 2


class PubSub:
    """One subscription and one queue for all rooms of this worker."""

    def __init__(self, redis: Redis, deliver: Callable[[str, str], None]) -> None:
        self._redis = redis
        self._subscription = Subscription(deliver)
        # Notified when something waits for Redis.
        self._condition = Condition()
        self._started = False
        self._tried = Event()

    def start(self) -> None:
        """Start in this process, once; return once it hears the others, or Redis is away."""
        with self._condition:
            self._start_threads()
        self._tried.wait(START_SECONDS)

    def publish(self, room: str, frame: str) -> None:
        """Pass a frame on to the other workers, without waiting."""
        with self._condition:
            self._start_threads()
            self._subscription.enqueue(room, frame)
            self._condition.notify()

    def _start_threads(self) -> None:
        if not self._started:
            self._started = True
            # Workers are forks of one process, and have its origin until now.
            self._subscription.origin = uuid4().hex
            Thread(target=self._send, daemon=True).start()
            Thread(target=self._receive, daemon=True).start()

    def _send(self) -> None:
        """Send what is to be passed on, for ever."""
        while True:
            with self._condition:
                while not (waiting := self._subscription.dequeue()):
                    self._condition.wait()
            subscribed = self._subscription.subscribed
            try:
                pipeline = self._redis.pipeline(transaction=False)
                for envelope in waiting:
                    pipeline.publish(CHANNEL, envelope)
                pipeline.execute()
            except (RedisError, OSError) as error:
                # What was on its way when Redis came back belongs to the outage before.
                if subscribed:
                    self._subscription.mark_disconnected(error)

    def _receive(self) -> None:
        """Deliver what other workers pass on, for ever."""
        while True:
            try:
                self._listen()
            except (RedisError, OSError) as error:
                delay = self._subscription.end(error)
            self._tried.set()
            sleep(delay)

    def _listen(self) -> NoReturn:
        with self._redis.pubsub() as pubsub:  # type: ignore[no-untyped-call]
            pubsub.subscribe(CHANNEL)
            while True:
                message = pubsub.get_message(timeout=self._subscription.timeout)
                if self._subscription.take(message):
                    pubsub.ping()
                self._tried.set()
