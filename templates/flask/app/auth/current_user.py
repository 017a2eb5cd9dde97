"""Who sends a request."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Blueprint, Flask, current_app, request
from flask_jwt_extended import get_current_user, get_jwt, verify_jwt_in_request
from sqlalchemy import select

from app import operations
from app.auth.claims import Claims
from app.auth.models import User, UserSession
from app.auth.owned import act_for
from app.auth.refusal import Unauthorized
from app.database import db
from app.problems import MEDIA_TYPE, Problem, title_of
from app.validation import read_json

SECURITY: list[dict[str, list[str]]] = [{"OAuth2PasswordBearer": []}]

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def find_user(_header: dict[str, Any], payload: dict[str, Any]) -> User | None:
    """Find the user of a token, as long as the session that it belongs to lasts."""
    token = Claims.model_validate(payload)
    return db.session.scalar(
        select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.id == token.fam, User.id == token.user_id)
    )


def current_user() -> User:
    """Return the user of the access token that was sent."""
    user: User = get_current_user()
    return user


def current_session() -> str:
    """Return the id of the session that the access token belongs to."""
    return Claims.model_validate(get_jwt()).fam


def require_user() -> None:
    """Refuse a request without a good access token; let it see and change what its user owns."""
    # What cannot even be read is refused first.
    if "body" in current_app.view_functions[request.endpoint or ""].__annotations__:
        request.get_data()  # keeps it, for the view reads it again
        read_json()
    # Flask-JWT-Extended lets OPTIONS pass.
    if verify_jwt_in_request() is None:
        raise Unauthorized
    act_for(db.session(), current_user().id)


def signed_in(view: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Let only signed-in users call a view."""

    @wraps(view)
    def check_and_call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        require_user()
        return view(*args, **kwargs)

    operations.inputs[check_and_call] = {**operations.inputs.get(view, {}), "security": SECURITY}
    return check_and_call


def protect(app: Flask, blueprint: Blueprint) -> None:
    """Let only signed-in users call the views of a registered blueprint, and describe that."""

    @app.before_request
    def check() -> None:
        if blueprint.name in request.blueprints:
            require_user()

    refusal = {
        "description": title_of(401),
        "content": {MEDIA_TYPE: operations.refer_to(Problem, "serialization")},
    }
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith(f"{blueprint.name}.") and view in operations.descriptions:
            description = operations.descriptions[view]
            description["security"] = SECURITY
            description["responses"]["401"] = refusal
