"""Answers for calls to other services that fail."""

import logging

from flask import Flask, Response, request
from httpx2 import HTTPError

from app.error_handlers import problem_response
from app.outbound.errors import explain
from app.settings import Settings

logger = logging.getLogger(__name__)


def init_app(app: Flask, _settings: Settings) -> None:
    """Answer with a problem where a call fails."""
    app.register_error_handler(HTTPError, handle_error)


def handle_error(error: HTTPError) -> Response:
    """Answer 502, 503 or 504; the log says why."""
    failure = explain(error)
    logger.warning("%s", failure.reason)
    response = problem_response(request.root_path + request.path, failure.status, failure.detail)
    response.headers.update(failure.headers)
    return response
