"""Rooms, as the application brings them in."""

from flask import Flask

from app.settings import Settings
from app.websockets import demo_page, routes


def init_app(app: Flask, settings: Settings) -> None:
    """Let clients talk in rooms."""
    routes.init_app(app, settings)
    if settings.environment == "development":
        demo_page.init_app(app)
