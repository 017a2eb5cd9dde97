"""Who may ask for predictions."""

from flask import Blueprint, Flask, request

from app.auth.current_user import protect
from app.database import db


def require_user(app: Flask, *blueprints: Blueprint) -> None:
    """Let only signed-in users predict; a request that waits for the model holds no connection."""
    names = {blueprint.name for blueprint in blueprints}
    for name in names:
        protect(app, name)

    @app.before_request
    def release_connection() -> None:
        if names & set(request.blueprints):
            db.session.remove()
