"""Adds sign-in to the application."""

from flask import Flask

from app.auth import tokens
from app.auth.current_user import protect
from app.auth.routes import blueprint, session_blueprint
from app.auth.sign_in_limiter import SignInLimiter
from app.settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Add tokens, the limit of failed sign-ins and the routes."""
    tokens.init_app(app, settings)
    app.extensions["sign_in_limiter"] = SignInLimiter(app.extensions["redis"])
    app.register_blueprint(blueprint)
    protect(app, f"{blueprint.name}.{session_blueprint.name}")
