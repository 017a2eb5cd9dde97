"""What sign-in needs as long as the service runs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

from fastapi import FastAPI

from app.auth.limiter import SignInLimiter
from app.auth.tokens import Tokens
from app.checks import bounded


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep the tokens and the limiter; /readyz checks Redis where it is used."""
    limiter = SignInLimiter(app.state.settings)
    app.state.tokens = Tokens(app.state.settings)
    app.state.sign_in_limiter = limiter
    if limiter.redis:
        ping = cast(Callable[[], Awaitable[bool]], limiter.redis.ping)
        app.state.checks["redis"] = bounded("redis", ping)
    yield
    if limiter.redis:
        await limiter.redis.aclose()
