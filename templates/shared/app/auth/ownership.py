"""Rows that belong to users: a session finds and writes only those of its user."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, cast

from sqlalchemy import BigInteger, ForeignKey, bindparam, event, inspect
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, with_loader_criteria

# The key of a session's user. The value for everybody is None, and before a choice there is no key.
OWNER = "owner_id"


class OwnershipError(Exception):
    """A session is used for rows that belong to users, and not for those of its user."""

    def __init__(self, reason: str = "Nobody said whose rows the session is for.") -> None:
        super().__init__(
            f"{reason} Call set_current_user(session, user_id) on a new session, or "
            "as_everybody(session) for the rows of all users, where a new row needs an owner_id."
        )


def _refuse() -> None:
    raise OwnershipError


# Evaluated by a statement that names a model with owners, and by no other.
NOBODY = bindparam(None, callable_=_refuse, type_=BigInteger)


def _owner_of_statement(context: DefaultExecutionContext) -> int:
    """Return the owner of a row that a statement inserts without one."""
    owner_id: int | None = context.execution_options.get(OWNER)
    if owner_id is None:
        raise OwnershipError("A new row has no owner.")
    return owner_id


class Owned:
    """A model whose rows belong to users; rows without an owner are hidden from all users."""

    owner_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True, default=_owner_of_statement
    )


class AnySession(Protocol):
    """A session of SQLAlchemy: a plain, an asynchronous or a scoped one."""

    @property
    def info(self) -> dict[Any, Any]: ...

    def __iter__(self) -> Iterator[object]: ...


def set_current_user(session: AnySession, user_id: int) -> None:
    """Open the rows of this user to a session."""
    if session.info.get(OWNER, user_id) != user_id:
        # It may hold rows of the other one.
        raise OwnershipError("The session is for somebody else.")
    _open(session, user_id)


def as_everybody(session: AnySession) -> None:
    """Open the rows of all users to a session."""
    _open(session, None)


def _open(session: AnySession, owner_id: int | None) -> None:
    session.info[OWNER] = owner_id
    for row in session:
        # Its relationships would still be limited as it was itself.
        inspect(row).load_options = ()


@event.listens_for(Session, "do_orm_execute")
def _limit_to_owner(state: ORMExecuteState) -> None:
    """Limit every statement to the rows of the session's user, so that no query can forget it."""
    owner_id = state.session.info.get(OWNER, NOBODY)
    if owner_id is None:
        return
    # SQLAlchemy keeps a lambda by its code, so a parameter and a number need one each.
    if owner_id is NOBODY:
        limit = with_loader_criteria(
            Owned, lambda model: model.owner_id == NOBODY, include_aliases=True
        )
    else:
        limit = with_loader_criteria(
            Owned, lambda model: model.owner_id == owner_id, include_aliases=True
        )
    state.statement = state.statement.options(limit)
    if state.is_insert or state.is_update:
        _check_values(state)


def _check_values(state: ORMExecuteState) -> None:
    """Name the owner of rows that a statement inserts, and refuse what would get around the limit."""
    if state.bind_mapper is None or not issubclass(state.bind_mapper.class_, Owned):
        return
    owner_id = state.session.info.get(OWNER)
    many = isinstance(state.parameters, Sequence)
    rows = state.parameters if many else [state.parameters or {}]
    if any(row.get(OWNER, owner_id) != owner_id for row in cast(list[dict[str, Any]], rows)):
        raise OwnershipError("A row of somebody else cannot be written.")
    if state.is_insert:
        state.update_execution_options(**{OWNER: owner_id})
    elif many:
        # SQLAlchemy finds these rows by their keys alone.
        raise OwnershipError("An update of many rows by their keys is not limited to a user.")


@event.listens_for(Session, "before_flush")
def _check_owners(session: Session, _context: object, _instances: object) -> None:
    """Set the owner of new rows to the session's user, and write no row of another one."""
    new = session.new
    for row in (*new, *session.dirty, *session.deleted):
        if not isinstance(row, Owned):
            continue
        if OWNER not in session.info:
            raise OwnershipError
        owner_id = session.info[OWNER] or row.owner_id
        if row in new and row.owner_id is None:
            if owner_id is None:
                raise OwnershipError("A new row has no owner.")
            row.owner_id = owner_id
        if row.owner_id != owner_id:
            raise OwnershipError("A row of somebody else cannot be written.")
