"""Who may send a request that waits for something else than the database."""

from app.auth import current_user
from app.database import db


def require_user() -> None:
    """Let only signed-in users in, and hold no connection of the database afterwards."""
    try:
        current_user.require_user()
    finally:
        db.session.remove()
