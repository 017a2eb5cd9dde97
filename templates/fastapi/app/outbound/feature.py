"""Answers for calls to other services that fail."""

import logging

from fastapi import FastAPI, HTTPException, Request, Response
from httpx2 import HTTPError

from app import error_handlers
from app.outbound.errors import explain
from app.settings import Settings

logger = logging.getLogger(__name__)


def init_app(app: FastAPI, _settings: Settings) -> None:
    """Answer with a problem where a call fails."""
    app.add_exception_handler(HTTPError, handle_error)


async def handle_error(request: Request, error: Exception) -> Response:
    """Answer 502, 503 or 504; the log says why."""
    if not isinstance(error, HTTPError) or request.scope["type"] != "http":
        raise error
    failure = explain(error)
    logger.warning("%s", failure.reason)
    answer = HTTPException(failure.status, failure.detail, failure.headers)
    return await error_handlers.handle_error(request, answer)
