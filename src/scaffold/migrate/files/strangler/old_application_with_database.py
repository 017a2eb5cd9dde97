"""The application that this service had before FastAPI."""

from flask import Flask

from app.settings import Settings
from flask_app.database import db
from flask_app.main import create_app
from flask_app.settings import Settings as OldSettings


def create_flask(settings: Settings) -> Flask:
    """Create it with the same settings; what is not set takes the defaults of Flask."""
    given = settings.model_dump(exclude_unset=True) | {"web_threads": settings.old_threads}
    return create_app(OldSettings.model_validate(given))


def close_flask(flask: Flask) -> None:
    """Close its connections to the database."""
    with flask.app_context():
        for engine in db.engines.values():
            engine.dispose()
    flask.extensions["check_engine"].dispose()
