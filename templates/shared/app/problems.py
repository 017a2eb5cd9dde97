"""Errors as problem details (RFC 9457), the one form in which the service refuses or fails."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from app.logging import request_id

MEDIA_TYPE = "application/problem+json"

DETAILS = {
    400: "The request could not be read.",
    404: "There is nothing at this path.",
    405: "This path does not allow the method.",
    422: "The request is not valid.",
    500: "The server failed to answer this request.",
}

# RFC 9110 renamed two phrases; http.HTTPStatus follows only from Python 3.13 on.
TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}


class FieldError(BaseModel):
    """One reason why a request is not valid, as Pydantic names it."""

    loc: list[str | int]
    msg: str
    type: str


class Problem(BaseModel):
    """The body of every error response."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    request_id: str | None
    errors: list[FieldError] | None = None


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document the problems that a route answers with."""
    return {status: {"model": Problem, "description": _title(status)} for status in statuses}


def problem(
    status: int, path: str, detail: str | None = None, errors: Iterable[Mapping[str, Any]] = ()
) -> bytes:
    """Write the body of an error response in JSON."""
    title = _title(status)
    return (
        Problem(
            title=title,
            status=status,
            detail=detail or DETAILS.get(status, title),
            instance=quote(path, safe="/:@!$&'()*+,;=~"),
            request_id=request_id.get(),
            errors=[FieldError.model_validate(error) for error in errors] or None,
        )
        .model_dump_json(exclude_none=True)
        .encode()
    )


def _title(status: int) -> str:
    return TITLES.get(status) or HTTPStatus(status).phrase
