"""Errors of Flask and of the views, answered as problem details."""

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from app.problems import MEDIA_TYPE, problem


def init_app(app: Flask) -> None:
    """Answer HTTP errors as problems; the middleware answers all other exceptions."""
    app.register_error_handler(HTTPException, handle_error)


def problem_response(path: str, status: int, detail: str | None = None) -> Response:
    """Answer with a problem."""
    return Response(problem(status, path, detail), status, content_type=MEDIA_TYPE)


def handle_error(error: HTTPException) -> Response:
    """Answer an error that Flask or a view raised."""
    # An error without a description of its own gets the text for its status.
    detail = error.description if error.description != type(error).description else None
    path = request.root_path + request.path
    body = problem(error.code or 500, path, detail, getattr(error, "errors", ()))
    response = Response(body, error.code, error.get_headers(), content_type=MEDIA_TYPE)
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response
