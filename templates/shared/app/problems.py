"""Problem details (RFC 9457), the one form of all error responses, and their texts."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from app.logging import request_id

MEDIA_TYPE = "application/problem+json"
BODY_TOO_LARGE = "The request body is larger than {} bytes."

DETAILS = {
    404: "There is nothing at this path.",
    405: "This path does not allow the method.",
    422: "The request is not valid.",
    500: "The server failed to answer this request.",
}


class FieldError(BaseModel):
    """One reason why a request is not valid, as Pydantic reports it."""

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


def problem(
    status: int, path: str, detail: str | None = None, errors: Iterable[Mapping[str, Any]] = ()
) -> bytes:
    """Write the body of an error response in JSON."""
    body = Problem(
        title=title_of(status),
        status=status,
        detail=detail or detail_of(status),
        instance=quote(path, safe="/:@!$&'()*+,;=~"),
        request_id=request_id.get(),
        errors=[FieldError.model_validate(error) for error in errors] or None,
    )
    return body.model_dump_json(exclude_none=True).encode()


def detail_of(status: int) -> str:
    """Return what an error says that has no text of its own."""
    return DETAILS.get(status, title_of(status))


def title_of(status: int) -> str:
    """Return the phrase of a status in RFC 9110."""
    # RFC 9110 renamed two phrases; http.HTTPStatus has them since Python 3.13.
    renamed = {413: "Content Too Large", 422: "Unprocessable Content"}
    return renamed.get(status) or HTTPStatus(status).phrase
