"""Rows that belong to a user: a request reads and changes only those of its own user."""

from sqlalchemy import ForeignKey, event
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, with_loader_criteria


class Owned:
    """A model whose rows belong to users; rows without an owner are hidden from all users."""

    owner_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )


def set_current_user(session: Session, user_id: int) -> None:
    """Open the rows of this user to a session; before this it finds none."""
    session.info["user_id"] = user_id


@event.listens_for(Session, "do_orm_execute")
def _limit_to_owner(state: ORMExecuteState) -> None:
    """Limit every statement to the rows of the current user, so that no query can forget it."""
    # No user has the id 0, so without a user no row is found.
    user_id = state.session.info.get("user_id", 0)
    state.statement = state.statement.options(
        with_loader_criteria(Owned, lambda model: model.owner_id == user_id, include_aliases=True)
    )


@event.listens_for(Session, "before_flush")
def _set_owner(session: Session, _context: object, _instances: object) -> None:
    """Set the owner of new rows to the current user."""
    for row in session.new:
        if isinstance(row, Owned) and row.owner_id is None:
            row.owner_id = session.info["user_id"]
