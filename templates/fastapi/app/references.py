"""References: members of a body that are the ids of other rows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi.exceptions import RequestValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.queries import References


@asynccontextmanager
async def checked_references(
    values: dict[str, Any], references: References, session: AsyncSession
) -> AsyncIterator[None]:
    """Answer 422 where a row is not there, or not one that the user may use."""
    await _check(values, references, session)
    try:
        yield
    except IntegrityError:
        # The row may have been deleted since.
        await session.rollback()
        await _check(values, references, session)
        raise


async def _check(values: dict[str, Any], references: References, session: AsyncSession) -> None:
    errors = []
    for name, (key, message) in references.items():
        row_id = values.get(name)
        if row_id is not None and await session.scalar(select(key).where(key == row_id)) is None:
            errors.append({"loc": ("body", name), "msg": message, "type": "not_found"})
    if errors:
        raise RequestValidationError(errors)
