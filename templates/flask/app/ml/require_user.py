"""Who may ask for predictions."""

from sqlalchemy.exc import SQLAlchemyError

from app.auth import current_user
from app.database import db, unavailable


def require_user() -> None:
    """Let only signed-in users predict; a request that waits for the model holds no connection."""
    try:
        current_user.require_user()
    except SQLAlchemyError as error:
        # An error of HTTP, which the Open Inference Protocol has its own form for.
        raise unavailable(error) from error
    finally:
        db.session.remove()
