"""Adds sign-in to the application."""

from fastapi import FastAPI

from app.auth.routes import router
from app.settings import Settings


def init_app(app: FastAPI, _settings: Settings) -> None:
    """Add the routes of sign-in."""
    app.include_router(router)
