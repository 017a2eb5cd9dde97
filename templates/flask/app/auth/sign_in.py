"""Signing up and in: new users, their passwords and their sessions."""

from typing import Any, cast
from uuid import uuid4

from sqlalchemy import CursorResult, select
from sqlalchemy.exc import IntegrityError

from app.auth import sessions, tokens
from app.auth.models import User, UserSession
from app.auth.passwords import hash_password, verify_password
from app.auth.schemas import Credentials, Registration
from app.auth.sign_in_limiter import get_limiter
from app.database import db
from app.models import utc_now


def add_user(new: Registration) -> User | None:
    """Add a user, or return None where the address is taken; the caller commits."""
    with get_limiter().hash_semaphore:
        password_hash = hash_password(new.password)
    user = User(email=new.email, password_hash=password_hash)
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError:
        return None
    return user


def check_password(form: Credentials) -> User | None:
    """Find the user of an address and a password; answer 429 after too many that were wrong."""
    limiter = get_limiter()
    email = form.email
    keys = limiter.keys_of_request(email or form.username)
    with limiter.hash_semaphore:
        limiter.check(keys)
        user = db.session.scalar(select(User).where(User.email == email)) if email else None
        known_hash = user.password_hash if user else None
        right, new_hash = verify_password(form.password, known_hash)
        if user is None or not right:
            limiter.count_failure(keys)
            return None
    if new_hash and not _replace_password(user, new_hash):
        # Another request was faster, so what it stored counts.
        db.session.rollback()
        return check_password(form)
    return user


def _replace_password(user: User, password_hash: str) -> bool:
    replaced = db.session.execute(sessions.replace_password(user, password_hash))
    return cast(CursorResult[Any], replaced).rowcount == 1


def begin_session(user: User) -> UserSession | None:
    """Begin a session, or return None where the password is a new one; the caller commits.

    Sessions of the user that have expired are deleted.
    """
    # Who changes the password and ends all sessions comes before this, or else waits and finds it.
    if not _replace_password(user, user.password_hash):
        return None
    now = utc_now()
    expires_at = now + tokens.refresh_lifetime()
    begun = UserSession(
        id=str(uuid4()), user_id=user.id, refresh_jti=str(uuid4()), expires_at=expires_at
    )
    db.session.add(begun)
    for expired in db.session.scalars(sessions.select_expired(user.id, now)):
        db.session.execute(sessions.delete_session(expired))
    return begun
