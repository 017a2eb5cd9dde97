"""The user who sends a request, and the views that need one."""

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, request
from flask_jwt_extended import get_current_user, get_jwt, verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import PyJWTError
from werkzeug import exceptions
from werkzeug.datastructures import WWWAuthenticate

from app import openapi
from app.auth.claims import Claims
from app.auth.messages import ACCESS_TOKEN_NEEDED
from app.auth.models import User
from app.auth.ownership import set_current_user
from app.auth.sessions import select_user
from app.database import db
from app.problem_responses import problem_responses
from app.validation import read_json


class Unauthorized(exceptions.Unauthorized):
    """A request without valid credentials."""

    def __init__(self, detail: str = ACCESS_TOKEN_NEEDED) -> None:
        super().__init__(detail, www_authenticate=WWWAuthenticate("bearer"))


def find_user(_header: dict[str, Any], payload: dict[str, Any]) -> User | None:
    """Find the user of a token, as long as the session of the token lasts."""
    return db.session.scalar(select_user(Claims.model_validate(payload)))


def current_user() -> User:
    """Return the user of the access token that was sent."""
    user: User = get_current_user()
    return user


def current_session() -> str:
    """Return the id of the session that the access token belongs to."""
    return Claims.model_validate(get_jwt()).fam


def require_user() -> None:
    """Answer 401 without a valid access token; otherwise open the rows of its user."""
    # A body that is not JSON is answered first.
    if "body" in current_app.view_functions[request.endpoint or ""].__annotations__:
        request.get_data()  # cached, because the view reads it again
        read_json()
    try:
        verified = verify_jwt_in_request()
    except (JWTExtendedException, PyJWTError):
        raise Unauthorized from None
    # Flask-JWT-Extended does not verify OPTIONS.
    if verified is None:
        raise Unauthorized
    set_current_user(db.session, current_user().id)


def protect(app: Flask, blueprint: str, check: Callable[[], None] = require_user) -> None:
    """Let only signed-in users call the views of a registered blueprint, and describe that."""

    @app.before_request
    def check_request() -> None:
        if blueprint in request.blueprints:
            check()

    unauthorized = openapi.describe_response(**problem_responses(401)[401])
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith(f"{blueprint}.") and view in openapi.descriptions:
            description = openapi.descriptions[view]
            description["security"] = [{"OAuth2PasswordBearer": []}]
            description["responses"]["401"] = unauthorized
