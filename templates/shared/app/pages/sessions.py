"""Statements on the sessions of a user, which may belong to browsers or to tokens."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from app.auth.models import User, UserSession


def select_signed_in(session_id: str, now: datetime) -> Select[User]:
    """Select the user of a session, as long as it lasts."""
    return (
        select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.id == session_id, UserSession.expires_at > now)
    )


def select_sessions(user_id: int, now: datetime) -> Select[UserSession]:
    """Select the sessions of a user that last, newest first."""
    return (
        select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.expires_at > now)
        .order_by(UserSession.refreshed_at.desc(), UserSession.id)
    )


def select_ids(user_id: int) -> Select[str]:
    """Select the ids of all sessions of a user, to delete them one by one, always in this order."""
    return select(UserSession.id).where(UserSession.user_id == user_id).order_by(UserSession.id)


@dataclass(frozen=True)
class SessionRow:
    """A session as its user sees it."""

    id: str
    since: str
    expires: str
    current: bool


def describe(session: UserSession, current_id: str | None) -> SessionRow:
    """Describe a session, whose row says when it began or was last refreshed."""
    since, expires = (
        f"{instant:%Y-%m-%d %H:%M} UTC" for instant in (session.refreshed_at, session.expires_at)
    )
    return SessionRow(session.id, since, expires, session.id == current_id)
