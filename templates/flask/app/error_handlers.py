"""Everything that goes wrong in a request, as problem details."""

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from app.problems import MEDIA_TYPE, problem


def init_app(app: Flask, max_body_bytes: int) -> None:
    """Answer what Flask or a view refuses; the middleware answers what fails."""
    # Werkzeug cuts a streamed body there without a word: the byte too many must be seen.
    app.config["MAX_CONTENT_LENGTH"] = max_body_bytes + 1

    @app.before_request
    def refuse_a_large_body() -> None:
        length = request.content_length
        if length is None and "HTTP_TRANSFER_ENCODING" in request.environ:
            length = len(request.get_data())
        if length and length > max_body_bytes:
            raise RequestEntityTooLarge(f"The request body is larger than {max_body_bytes} bytes.")

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Response:
        # Without words of its own, an error has those of its status.
        detail = error.description if error.description != type(error).description else None
        status, errors = error.code or 500, getattr(error, "errors", ())
        body = problem(status, request.path, detail, errors)
        response = Response(body, status, content_type=MEDIA_TYPE)
        if isinstance(error, MethodNotAllowed):
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return response
