"""What pages read of a request."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from starlette.convertors import IntegerConvertor, register_url_convertor

from app.pages.cookies import Cookies
from app.pages.csrf import CROSS_SITE, is_same_origin
from app.pages.forms import Form, InvalidForm, parse_form
from app.pages.paths import ROW_ID


class RowIdConvertor(IntegerConvertor):
    """The id of a row in a path."""

    regex = ROW_ID


register_url_convertor("row_id", RowIdConvertor())


async def receive(request: Request) -> None:
    """Refuse a request that another site sent; receive others before a database session is open."""
    fetch_site, origin, host = (
        ",".join(request.headers.getlist(name)) for name in ("Sec-Fetch-Site", "Origin", "Host")
    )
    if not is_same_origin(request.method, fetch_site, origin, host):
        raise HTTPException(403, CROSS_SITE)
    await request.body()


async def read_form(request: Request) -> dict[str, str]:
    """Read the form that a browser sent."""
    try:
        return parse_form(request.headers.get("Content-Type", ""), await request.body())
    except InvalidForm as error:
        raise HTTPException(422, str(error)) from None


FormData = Annotated[dict[str, str], Depends(read_form)]


def read_query(request: Request) -> dict[str, str]:
    """Read the query without what is empty, since a browser sends empty fields, too."""
    return {name: value for name, value in request.query_params.items() if value}


def cookies_of(request: Request) -> Cookies:
    """Return the cookies of the environment."""
    cookies: Cookies = request.app.state.cookies
    return cookies


def read_cookie(request: Request, name: str) -> str | None:
    """Read a cookie; None where there is not exactly one of this name."""
    return cookies_of(request).read("; ".join(request.headers.getlist("Cookie")), name)


@contextmanager
def errors_shown(form: Form, unique: str | None = None) -> Iterator[None]:
    """Show in the form what the database refuses; where one field is unique, a duplicate is there."""
    try:
        yield
    except RequestValidationError as error:
        form.add_errors({**each, "loc": each["loc"][1:]} for each in error.errors())
    except HTTPException as error:
        if unique:
            form.errors[unique] = error.detail
        else:
            form.error = error.detail
