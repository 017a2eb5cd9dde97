"""Which sessions of open sockets still last."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Select, select

from app.auth.models import User, UserSession
from app.models import utc_now

# How often the database is asked, and for how many sessions at once.
CHECK_SECONDS = 2
SESSIONS_PER_QUERY = 500


def select_lasting(session_ids: Iterable[str]) -> Iterator[tuple[set[str], Select[str]]]:
    """Make statements that find which of these sessions last, each with the ids it looks at."""
    every = list(set(session_ids))
    for start in range(0, len(every), SESSIONS_PER_QUERY):
        ids = set(every[start : start + SESSIONS_PER_QUERY])
        known = UserSession.id.in_(ids), UserSession.expires_at > utc_now()
        yield ids, select(UserSession.id).join(User, User.id == UserSession.user_id).where(*known)
