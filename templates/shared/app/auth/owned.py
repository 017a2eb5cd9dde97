"""Rows that belong to a user: a request sees, changes and makes only those of its own user."""

from sqlalchemy import ForeignKey, event
from sqlalchemy.orm import (
    Mapped,
    ORMExecuteState,
    Session,
    mapped_column,
    with_loader_criteria,
)


class Owned:
    """A model whose rows belong to users; those without an owner belong to nobody."""

    owner_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )


def act_for(session: Session, user_id: int) -> None:
    """Open the rows of this user to a session; until then it sees none."""
    session.info["user_id"] = user_id


@event.listens_for(Session, "do_orm_execute")
def _limit_to_owner(state: ORMExecuteState) -> None:
    """Limit every statement, so that none can forget to."""
    # Nobody has the id 0: without a user, no row is found.
    user_id = state.session.info.get("user_id", 0)
    state.statement = state.statement.options(
        with_loader_criteria(Owned, lambda model: model.owner_id == user_id, include_aliases=True)
    )


@event.listens_for(Session, "before_flush")
def _set_owner(session: Session, _context: object, _instances: object) -> None:
    """Give new rows to the user who makes them."""
    for row in session.new:
        if isinstance(row, Owned) and row.owner_id is None:
            row.owner_id = session.info["user_id"]
