"""Who may ask for predictions."""

from flask import Blueprint, Flask, request

from app.auth.current_user import protect
from app.database import db


def require_user(app: Flask, *blueprints: Blueprint) -> None:
    """Let only signed-in users predict; whoever waits for the model keeps no connection."""
    for blueprint in blueprints:
        protect(app, blueprint)
    names = {blueprint.name for blueprint in blueprints}

    @app.before_request
    def give_back() -> None:
        if names & set(request.blueprints):
            db.session.remove()
