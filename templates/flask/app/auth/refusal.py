"""Refusals that carry headers of their own."""

from flask import Response, request
from werkzeug.exceptions import HTTPException

from app.problems import MEDIA_TYPE, problem


class Refusal(HTTPException):
    """A problem with headers; as it brings its response, no handler makes another."""

    def __init__(self, status: int, detail: str, headers: dict[str, str]) -> None:
        body = problem(status, request.path, detail)
        super().__init__(response=Response(body, status, headers, content_type=MEDIA_TYPE))


class Unauthorized(Refusal):
    """A request without good credentials."""

    def __init__(self, detail: str = "A valid access token is needed.") -> None:
        super().__init__(401, detail, {"WWW-Authenticate": "Bearer"})
