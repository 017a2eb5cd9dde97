"""Sign-in, as the application brings it in."""

from flask import Flask

from app.auth import tokens
from app.auth.limiter import SignInLimiter
from app.auth.routes import blueprint
from app.settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Let users register and sign in."""
    tokens.init_app(app, settings)
    app.extensions["sign_in_limiter"] = SignInLimiter(settings, app.extensions["redis"])
    app.register_blueprint(blueprint)
