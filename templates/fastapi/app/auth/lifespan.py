"""What sign-in needs as long as the service runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.auth.limiter import SignInLimiter
from app.auth.tokens import Tokens


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep the tokens and the limiter."""
    app.state.tokens = Tokens(app.state.settings)
    app.state.sign_in_limiter = SignInLimiter(app.state.settings, app.state.redis)
    yield
