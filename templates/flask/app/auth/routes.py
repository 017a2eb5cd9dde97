"""The routes of sign-in."""

from time import sleep
from typing import Any, cast
from uuid import uuid4

from flask import Blueprint
from sqlalchemy import CursorResult
from werkzeug.exceptions import Conflict

from app.auth import messages, sessions, tokens
from app.auth.current_user import Unauthorized, current_session, current_user
from app.auth.schemas import Credentials, RefreshToken, Registration, TokenPair, UserRead
from app.auth.sign_in import add_user, begin_session, check_password
from app.auth.urlencoded_form import validated_form
from app.database import db
from app.models import utc_now
from app.openapi import operation
from app.problem_responses import problem_responses
from app.validation import validated

NO_STORE = {"Cache-Control": "no-store"}

blueprint = Blueprint("auth", __name__, url_prefix="/api/v1/auth")
# A blueprint of its own, because it is protected.
session_blueprint = Blueprint("session", __name__)
blueprint.register_blueprint(session_blueprint)


@blueprint.post("/register")
@operation(201, problem_responses(409, 413, 422, 503))
@validated
def register(body: Registration) -> UserRead:
    """Create a user."""
    user = add_user(body)
    if user is None:
        raise Conflict(messages.EMAIL_TAKEN)
    db.session.commit()
    return UserRead.model_validate(user)


@blueprint.post("/token")
@operation(responses=problem_responses(401, 413, 422, 429, 503))
@validated_form
def sign_in(form: Credentials) -> tuple[TokenPair, dict[str, str]]:
    """Start a session with an address and a password."""
    user = check_password(form)
    begun = begin_session(user) if user else None
    if begun is None:
        raise Unauthorized(messages.WRONG_CREDENTIALS)
    db.session.commit()
    return tokens.issue(begun.user_id, begun.id, begun.refresh_jti, fresh=True), NO_STORE


@blueprint.post("/refresh")
@operation(responses=problem_responses(401, 413, 422, 503))
@validated
def refresh(body: RefreshToken) -> tuple[TokenPair, dict[str, str]]:
    """Exchange a refresh token for new tokens; one that is spent already ends the session."""
    arrived_at = utc_now()
    token = tokens.read_token(body.refresh_token, "refresh")
    if token is None:
        raise Unauthorized(messages.INVALID_REFRESH_TOKEN)
    current = db.session.execute(sessions.select_refresh(token)).one_or_none()
    # The next statement must see what other requests have written since.
    db.session.rollback()
    if current is None:
        raise Unauthorized(messages.INVALID_REFRESH_TOKEN)
    if current.refresh_jti != token.jti:
        if arrived_at < current.refreshed_at:
            raise Unauthorized(messages.CONCURRENT_REFRESH)
        db.session.execute(sessions.delete_session(token.fam))
        db.session.commit()
        raise Unauthorized(messages.INVALID_REFRESH_TOKEN)
    answered_at, jti = utc_now() + sessions.REFRESH_DELAY, str(uuid4())
    rotate = sessions.rotate_refresh(token, jti, answered_at, tokens.refresh_lifetime())
    rotated = cast(CursorResult[Any], db.session.execute(rotate))
    db.session.commit()
    if rotated.rowcount == 0:
        raise Unauthorized(messages.CONCURRENT_REFRESH)
    sleep(sessions.REFRESH_DELAY.total_seconds())
    return tokens.issue(token.user_id, token.fam, jti, fresh=False), NO_STORE


@session_blueprint.post("/logout")
@operation(204, problem_responses(503))
def logout() -> None:
    """End the session: none of its tokens is valid any more."""
    db.session.execute(sessions.delete_session(current_session()))
    db.session.commit()


@session_blueprint.get("/me")
@operation(responses=problem_responses(503))
def read_me() -> UserRead:
    """Read the user who is signed in."""
    return UserRead.model_validate(current_user())
