"""What the database refuses, as errors of a form."""

from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.exceptions import Conflict

from app.database import db
from app.pages.forms import Form
from app.validation import InvalidRequest


@contextmanager
def errors_shown(form: Form, unique: str | None = None) -> Iterator[None]:
    """Show in the form what is refused; where one field is unique, a duplicate stands there."""
    try:
        yield
    except InvalidRequest as error:
        form.add_errors({**each, "loc": each["loc"][1:]} for each in error.errors)
    except Conflict as error:
        if unique:
            form.errors[unique] = str(error.description)
        else:
            form.error = error.description
    else:
        return
    # The form may need rows of other tables to choose from.
    db.session.rollback()
