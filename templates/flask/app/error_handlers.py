"""Everything that goes wrong in a request, as problem details."""

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from app.problems import MEDIA_TYPE, problem


def init_app(app: Flask) -> None:
    """Answer what Flask or a view refuses; the middleware answers what fails."""

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Response:
        # Without words of its own, an error has those of its status.
        detail = error.description if error.description != type(error).description else None
        body = problem(error.code or 500, request.path, detail, getattr(error, "errors", ()))
        response = Response(body, error.code or 500, error.get_headers())
        response.content_type = MEDIA_TYPE
        if isinstance(error, MethodNotAllowed):
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return response
