"""Expectations about any answer of a service."""

import re
from collections.abc import Mapping
from typing import Any, Protocol

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    413: "Content Too Large",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
DETAILS = {
    400: "The Host header is not allowed.",
    401: "A valid access token is needed.",
    404: "There is nothing at this path.",
    405: "This path does not allow the method.",
    408: "The request did not arrive in time.",
    409: "This address is taken.",
    413: "The request body is larger than 1048576 bytes.",
    422: "The request is not valid.",
    429: "There were too many failed sign-ins. Try again later.",
    431: "The head has more than 16384 bytes or 100 fields.",
    500: "The server failed to answer this request.",
    502: "Another service that this one needs failed. Try again later.",
    503: "The model is not ready.",
    504: "Another service that this one needs did not answer in time. Try again later.",
}
NO_SUCH_ITEM = "There is no item with this id."
WRONG_CREDENTIALS = "The address or the password is wrong."
WRONG_REFRESH_TOKEN = "The refresh token is not valid."
LOST_RACE = "Another request spent the refresh token at the same moment."
INVALID_HTTP = "The request is not valid HTTP."
INVALID_HOST = "The request needs one valid Host header."
MADE_REQUEST_ID = re.compile(r"[0-9a-f]{32}")
SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Answer(Protocol):
    """What httpx and a bare socket have in common."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Any: ...
    @property
    def content(self) -> bytes: ...
    def json(self) -> Any: ...


def secured(answer: Answer) -> None:
    """It has the headers that every answer has."""
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers.get(name) == value, name
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,128}", answer.headers["x-request-id"])
    # Who serves it is nobody's business.
    assert not re.search(
        "uvicorn|gunicorn|python", answer.headers.get("server") or "", re.IGNORECASE
    )


def ok(answer: Answer, status: int = 200) -> Any:
    """It is a JSON answer of that status; returns its content."""
    assert answer.status_code == status, answer.content
    assert answer.headers["content-type"] == "application/json"
    secured(answer)
    return answer.json()


def problem(
    answer: Answer, status: int, *, instance: str, detail: str | None = None
) -> dict[str, Any]:
    """It is a problem of that status and nothing more; returns its content."""
    assert answer.status_code == status, answer.content
    assert answer.headers["content-type"] == "application/problem+json"
    secured(answer)
    content: dict[str, Any] = answer.json()
    errors = content.pop("errors", None)
    assert content == {
        "type": "about:blank",
        "title": TITLES[status],
        "status": status,
        "detail": detail or DETAILS[status],
        "instance": instance,
        "request_id": answer.headers["x-request-id"],
    }
    assert (errors is not None) == (status == 422)
    assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
    return content | ({"errors": errors} if errors is not None else {})


def invalid(
    answer: Answer, *, instance: str, loc: list[str | int] | None = None, kind: str | None = None
) -> list[Mapping[str, Any]]:
    """It is a 422 whose only error has this place and type; returns the errors."""
    errors: list[Mapping[str, Any]] = problem(answer, 422, instance=instance)["errors"]
    assert errors
    for error in errors:
        assert list(error) == ["loc", "msg", "type"]
    if loc is not None:
        assert [error["loc"] for error in errors] == [loc]
    if kind is not None:
        assert [error["type"] for error in errors] == [kind]
    return errors
