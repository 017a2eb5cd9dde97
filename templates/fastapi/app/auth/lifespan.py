"""The state of sign-in while the service runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.auth.sign_in_limiter import SignInLimiter
from app.auth.tokens import Tokens


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Create the tokens and the limiter."""
    app.state.tokens = Tokens(app.state.settings)
    app.state.sign_in_limiter = SignInLimiter(app.state.redis)
    yield
