"""The routes of sign-in."""

from datetime import datetime, timedelta
from time import sleep
from typing import Any, cast
from uuid import uuid4

from flask import Blueprint
from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import Conflict

from app.auth import tokens
from app.auth.current_user import current_session, current_user, signed_in
from app.auth.form import validated_form
from app.auth.limiter import get_limiter
from app.auth.models import User, UserSession
from app.auth.passwords import hash_password, verify_password
from app.auth.refusal import Unauthorized
from app.auth.schemas import (
    Credentials,
    RefreshToken,
    Registration,
    TokenPair,
    UserRead,
    parse_email,
)
from app.database import db
from app.models import utc_now
from app.operations import operation
from app.problem_responses import problem_responses
from app.validation import validated

NO_STORE = {"Cache-Control": "no-store"}
BAD_REFRESH_TOKEN = "The refresh token is not valid."
LOST_RACE = "Another request spent the refresh token at the same moment."
# A refresh waits with its answer. Whoever sends the same token before that cannot know that it is
# spent, so it is no thief but another tab.
ANSWER_DELAY = timedelta(milliseconds=200)

blueprint = Blueprint("auth", __name__, url_prefix="/api/v1/auth")


@blueprint.post("/register")
@operation(201, problem_responses(409, 413, 422))
@validated
def register(body: Registration) -> UserRead:
    """Create a user."""
    with get_limiter().slots:
        password_hash = hash_password(body.password)
    user = User(email=body.email, password_hash=password_hash)
    db.session.add(user)
    try:
        db.session.commit()
    except IntegrityError:
        raise Conflict("This address is taken.") from None
    return UserRead.model_validate(user)


@blueprint.post("/token")
@operation(responses=problem_responses(401, 413, 422, 429))
@validated_form
def sign_in(form: Credentials) -> tuple[TokenPair, dict[str, str]]:
    """Begin a session with an address and a password."""
    limiter = get_limiter()
    email = parse_email(form.username)
    keys = limiter.identify(email or form.username)
    with limiter.slots:
        limiter.refuse_too_many(keys)
        user = db.session.scalar(select(User).where(User.email == email)) if email else None
        known_hash = user.password_hash if user else None
        right, new_hash = verify_password(form.password, known_hash)
        if user is None or not right:
            limiter.count_failure(keys)
            raise Unauthorized("The address or the password is wrong.")
    user.password_hash = new_hash or user.password_hash
    now, family, jti = utc_now(), str(uuid4()), str(uuid4())
    expires_at = now + tokens.refresh_lifetime()
    db.session.add(UserSession(id=family, user_id=user.id, refresh_jti=jti, expires_at=expires_at))
    _delete_expired(user, now)
    db.session.commit()
    return tokens.issue(user.id, family, jti, fresh=True), NO_STORE


@blueprint.post("/refresh")
@operation(responses=problem_responses(401, 413, 422))
@validated
def refresh(body: RefreshToken) -> tuple[TokenPair, dict[str, str]]:
    """Spend a refresh token on new tokens; one that was spent before ends the session."""
    arrived_at = utc_now()
    token = tokens.read_token(body.refresh_token, "refresh")
    if token is None:
        raise Unauthorized(BAD_REFRESH_TOKEN)
    mine = (UserSession.id == token.fam, UserSession.user_id == token.user_id)
    current = db.session.execute(
        select(UserSession.refresh_jti, UserSession.refreshed_at).where(*mine)
    ).one_or_none()
    # What follows must see what other requests have written since.
    db.session.rollback()
    if current is None:
        raise Unauthorized(BAD_REFRESH_TOKEN)
    if current.refresh_jti != token.jti:
        if arrived_at < current.refreshed_at:
            raise Unauthorized(LOST_RACE)
        db.session.execute(delete(UserSession).where(*mine))
        db.session.commit()
        raise Unauthorized(BAD_REFRESH_TOKEN)
    answered_at, jti = utc_now() + ANSWER_DELAY, str(uuid4())
    spent = db.session.execute(
        update(UserSession)
        .where(*mine, UserSession.refresh_jti == token.jti)
        .values(
            refresh_jti=jti,
            refreshed_at=answered_at,
            expires_at=answered_at + tokens.refresh_lifetime(),
        )
    )
    db.session.commit()
    if cast(CursorResult[Any], spent).rowcount == 0:
        raise Unauthorized(LOST_RACE)
    sleep(ANSWER_DELAY.total_seconds())
    return tokens.issue(token.user_id, token.fam, jti, fresh=False), NO_STORE


@blueprint.post("/logout")
@operation(204, problem_responses(401))
@signed_in
def logout() -> None:
    """End the session: none of its tokens counts any more."""
    db.session.execute(delete(UserSession).where(UserSession.id == current_session()))
    db.session.commit()


@blueprint.get("/me")
@operation(responses=problem_responses(401))
@signed_in
def read_me() -> UserRead:
    """Read who is signed in."""
    return UserRead.model_validate(current_user())


def _delete_expired(user: User, now: datetime) -> None:
    """Delete the user's sessions that ended by themselves, one by one, so that no gap is locked."""
    expired = select(UserSession.id).where(
        UserSession.user_id == user.id, UserSession.expires_at < now
    )
    for family in db.session.scalars(expired):
        db.session.execute(delete(UserSession).where(UserSession.id == family))
