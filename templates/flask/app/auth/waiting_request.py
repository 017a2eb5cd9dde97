"""Who may ask for predictions."""

from app.auth import current_user
from app.database import db


def require_user() -> None:
    """Let only signed-in users predict; a request that waits for the model holds no connection."""
    try:
        current_user.require_user()
    finally:
        db.session.remove()
