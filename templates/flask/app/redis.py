"""Redis: the one client of the process."""

import atexit

from flask import Flask
from redis import Redis

from app.health_checks import with_timeout
from app.redis_url import OPTIONS, RedisSettings


def init_app(app: Flask, settings: RedisSettings) -> None:
    """Give the application its client, where there is an address; it connects when it is used."""
    address = settings.redis_url
    redis = app.extensions["redis"] = Redis.from_url(str(address), **OPTIONS) if address else None
    if redis:
        app.extensions["checks"]["redis"] = with_timeout("redis", redis.ping)
        # Only those that rest: a thread that listens would take the end of its own for an outage.
        atexit.register(redis.connection_pool.disconnect, inuse_connections=False)
