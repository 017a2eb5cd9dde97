"""Sign-in, as the application brings it in."""

from fastapi import FastAPI

from app.auth.routes import router
from app.settings import Settings


def init_app(app: FastAPI, _settings: Settings) -> None:
    """Let users register and sign in."""
    app.include_router(router)
