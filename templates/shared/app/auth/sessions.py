"""Statements on sessions, and on the passwords that open them."""

from datetime import datetime, timedelta

from sqlalchemy import Delete, Select, Update, delete, select, update

from app.auth.claims import Claims
from app.auth.models import User, UserSession

# A refresh delays its answer. A client that sends the same token before the answer cannot know
# that the token is spent. It is another tab of the same user, not a thief.
REFRESH_DELAY = timedelta(milliseconds=200)


def select_user(token: Claims) -> Select[User]:
    """Select the user of a token, as long as the session of the token lasts."""
    return (
        select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.id == token.fam, User.id == token.user_id)
    )


def select_refresh(token: Claims) -> Select[str, datetime]:
    """Select which refresh token of the session is valid, and since when."""
    return select(UserSession.refresh_jti, UserSession.refreshed_at).where(
        UserSession.id == token.fam, UserSession.user_id == token.user_id
    )


def rotate_refresh(token: Claims, jti: str, answered_at: datetime, lifetime: timedelta) -> Update:
    """Replace a refresh token with the next one; change no row where it is spent already."""
    return (
        update(UserSession)
        .where(UserSession.id == token.fam, UserSession.refresh_jti == token.jti)
        .values(refresh_jti=jti, refreshed_at=answered_at, expires_at=answered_at + lifetime)
    )


def select_expired(user_id: int, now: datetime) -> Select[str]:
    """Select the sessions of a user that have expired, to delete them one by one.

    One statement for all of them would lock the gaps between their rows on some databases.
    """
    return select(UserSession.id).where(
        UserSession.user_id == user_id, UserSession.expires_at < now
    )


def delete_session(session_id: str) -> Delete:
    """Delete a session, and with it the validity of all of its tokens."""
    return delete(UserSession).where(UserSession.id == session_id)


def replace_password(user: User, password_hash: str) -> Update:
    """Replace the password of a user; change no row where another request has done so."""
    return (
        update(User)
        .where(User.id == user.id, User.password_hash == user.password_hash)
        .values(password_hash=password_hash)
    )
