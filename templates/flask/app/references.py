"""References: members of a body that are the ids of other rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.database import db
from app.queries import References
from app.validation import InvalidRequest


@contextmanager
def checked_references(values: dict[str, Any], references: References) -> Iterator[None]:
    """Answer 422 where a row is not there, or not one that the user may use."""
    _check(values, references)
    try:
        yield
    except IntegrityError:
        # The row may have been deleted since.
        db.session.rollback()
        _check(values, references)
        raise


def _check(values: dict[str, Any], references: References) -> None:
    errors: list[dict[str, Any]] = []
    for name, (key, message) in references.items():
        row_id = values.get(name)
        if row_id is not None and db.session.scalar(select(key).where(key == row_id)) is None:
            errors.append({"loc": ("body", name), "msg": message, "type": "not_found"})
    if errors:
        raise InvalidRequest(errors)
