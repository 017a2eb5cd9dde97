"""Errors of Flask and of the views, answered as problem details."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import (
    HTTPException,
    MethodNotAllowed,
    RequestEntityTooLarge,
    UnprocessableEntity,
)

from app.problems import MEDIA_TYPE, problem


class InvalidRequest(UnprocessableEntity):
    """A request that is not valid, with the reasons as Pydantic names them."""

    def __init__(self, errors: Sequence[Mapping[str, Any]]) -> None:
        super().__init__()
        self.errors = errors


def init_app(app: Flask, max_body_bytes: int) -> None:
    """Answer what goes wrong; the middleware answers what nobody expected."""
    # Werkzeug cuts a streamed body there without a word: the byte too many must be seen.
    app.config["MAX_CONTENT_LENGTH"] = max_body_bytes + 1

    @app.before_request
    def refuse_a_large_body() -> None:
        length = request.content_length
        if length is None and "Transfer-Encoding" in request.headers:
            length = len(request.get_data())
        if length and length > max_body_bytes:
            raise RequestEntityTooLarge

    @app.errorhandler(HTTPException)
    def answer(error: HTTPException) -> Response:
        status = error.code or 500
        detail = None if error.description == type(error).description else error.description
        if isinstance(error, RequestEntityTooLarge):
            detail = f"The request body is larger than {max_body_bytes} bytes."
        errors = error.errors if isinstance(error, InvalidRequest) else ()
        response = Response(
            problem(status, request.path, detail, errors), status, content_type=MEDIA_TYPE
        )
        if isinstance(error, MethodNotAllowed):
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return response
