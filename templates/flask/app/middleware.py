"""What stands around every request: its id, its line in the log, its headers, its failure."""

import logging
import sys
from collections.abc import Iterable
from functools import partial
from io import BytesIO
from time import perf_counter
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Response

from app.logging import request_id
from app.policy import PROBES, Policy, choose_request_id
from app.problems import MEDIA_TYPE, problem
from app.settings import Settings

logger = logging.getLogger(__name__)


class Middleware:
    """One plain WSGI class, because every further layer slows every request."""

    def __init__(self, app: WSGIApplication, settings: Settings) -> None:
        self.app = app
        self.policy = Policy(settings)
        self.max_body_bytes = settings.max_body_bytes

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, also when the application fails."""
        started = perf_counter()
        method, status = environ["REQUEST_METHOD"], 0
        path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
        own_id = choose_request_id(environ.get("HTTP_X_REQUEST_ID"))
        added = self.policy.security_headers | self.policy.cors_headers(environ.get("HTTP_ORIGIN"))
        added["X-Request-ID"] = own_id

        def start(line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal status
            status = int(line[:3])
            own = {name for name, _ in headers}
            headers += [header for header in added.items() if header[0] not in own]
            return start_response(line, headers, exc_info)

        token = request_id.set(own_id)
        try:
            return (self._refuse(environ, method, path) or self.app)(environ, start)
        except Exception:
            logger.exception("the request failed")
            return _problem(path, 500)(environ, partial(start, exc_info=sys.exc_info()))
        finally:
            duration = round((perf_counter() - started) * 1000, 3)
            line = {"method": method, "path": path, "status": status, "duration_ms": duration}
            logger.log(logging.DEBUG if path in PROBES else logging.INFO, "request", extra=line)
            request_id.reset(token)

    def _refuse(self, environ: WSGIEnvironment, method: str, path: str) -> Response | None:
        """Answer what needs no route: a request that breaks a rule, or a preflight."""
        if not self.policy.trusts(environ.get("HTTP_HOST", ""), path):
            return _problem(path, 400, "The Host header is not allowed.")
        asks = method == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        if asks and (preflight := self.policy.preflight_headers(environ.get("HTTP_ORIGIN"))):
            response = Response(status=204, headers=preflight)
            del response.headers["Content-Type"]
            return response
        if not path.startswith("/") or path.startswith("//"):
            # Werkzeug would take it for the path with one slash.
            return _problem(path, 404)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if "HTTP_TRANSFER_ENCODING" in environ:
            # Read here, since Werkzeug would cut it at its limit without a word.
            body = environ["wsgi.input"].read(self.max_body_bytes + 1)
            length = len(body)
            environ.update({"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(length)})
        if length > self.max_body_bytes:
            limit = f"The request body is larger than {self.max_body_bytes} bytes."
            return _problem(path, 413, limit)
        return None


def _problem(path: str, status: int, detail: str | None = None) -> Response:
    return Response(problem(status, path, detail), status, content_type=MEDIA_TYPE)
