"""The application that this service had before FastAPI."""

from flask import Flask

from app.settings import Settings
from flask_app import create_app


def create_flask(_settings: Settings) -> Flask:
    """Load it as its own server does; it reads its own settings."""
    flask: Flask = create_app()
    return flask


def close_flask(_flask: Flask) -> None:
    """Nothing has to be closed."""
