"""Everything that goes wrong in a request, as problem details."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.problems import MEDIA_TYPE, problem

METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")


def problem_response(
    path: str, status: int, detail: str | None = None, errors: Iterable[Mapping[str, Any]] = ()
) -> Response:
    """Answer with a problem."""
    return Response(problem(status, path, detail, errors), status, media_type=MEDIA_TYPE)


async def refuse(request: Request, error: HTTPException) -> Response:
    """Answer what the application or the framework refuses."""
    path = request.scope["path"]
    if isinstance(error.__cause__, ValueError | RecursionError):
        # Python's parser gave up on the body for another reason than its grammar.
        invalid = {"loc": ["body", 0], "msg": "JSON decode error", "type": "json_invalid"}
        return problem_response(path, 422, errors=[invalid])
    # Without words of its own, an error has those of its status.
    detail = None if error.detail == HTTPStatus(error.status_code).phrase else error.detail
    response = problem_response(path, error.status_code, detail)
    response.headers.update(error.headers or {})
    if error.status_code == 405:
        # The framework names only the methods of the first route.
        allowed = [method for method in METHODS if _allows(request, method)]
        response.headers["Allow"] = ", ".join(allowed)
    return response


async def refuse_invalid(request: Request, error: RequestValidationError) -> Response:
    """Answer a request that does not match its schema."""
    return problem_response(request.scope["path"], 422, errors=error.errors())


def _allows(request: Request, method: str) -> bool:
    scope = {**request.scope, "method": "GET" if method == "HEAD" else method}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)


HANDLERS: dict[Any, Any] = {HTTPException: refuse, RequestValidationError: refuse_invalid}
