"""What the database refuses, as errors of a form."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import HTTPException
from fastapi.exceptions import RequestValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.pages.forms import Form


@asynccontextmanager
async def errors_shown(
    form: Form, session: AsyncSession, unique: str | None = None
) -> AsyncIterator[None]:
    """Show in the form what is refused; where one field is unique, a duplicate stands there."""
    try:
        yield
    except RequestValidationError as error:
        form.add_errors({**each, "loc": each["loc"][1:]} for each in error.errors())
    except HTTPException as error:
        if error.status_code != 409:
            raise
        if unique:
            form.errors[unique] = error.detail
        else:
            form.error = error.detail
    else:
        return
    # The form may need rows of other tables to choose from.
    await session.rollback()
