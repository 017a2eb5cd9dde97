"""Who may ask for predictions."""

from flask import Flask, request

from app.auth.current_user import protect
from app.database import db
from app.ml import open_inference, routes


def init_app(app: Flask) -> None:
    """Let only signed-in users predict; whoever waits for the model keeps no connection."""
    names = set()
    for blueprint in (routes.blueprint, open_inference.inference):
        protect(app, blueprint)
        names.add(blueprint.name)

    @app.before_request
    def give_back() -> None:
        if names & set(request.blueprints):
            db.session.remove()
