"""Redis: the one client of the process."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

from fastapi import APIRouter, FastAPI
from redis.asyncio import Redis

from app.health_checks import with_timeout
from app.redis_url import OPTIONS
from app.settings import Settings


def init_app(app: FastAPI, _settings: Settings) -> None:
    """Give the application its client, where there is an address."""
    # The router has no routes; what is included after it finds the client.
    app.include_router(APIRouter(lifespan=lifespan))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep the client as long as the service runs, where there is an address."""
    address = app.state.settings.redis_url
    redis = Redis.from_url(str(address), **OPTIONS) if address else None
    app.state.redis = redis
    if redis:
        ping = cast(Callable[[], Awaitable[bool]], redis.ping)
        app.state.checks["redis"] = with_timeout("redis", ping)
    yield
    if redis:
        await redis.aclose()
