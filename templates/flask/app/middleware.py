"""What every request and response has to do with, in one WSGI class."""

import logging
import sys
from collections.abc import Iterable
from time import perf_counter
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from app.logging import request_id
from app.policy import PROBES, Policy, choose_request_id
from app.problems import MEDIA_TYPE, problem
from app.settings import Settings

logger = logging.getLogger(__name__)


class Middleware:
    """Request ids, trusted hosts, CORS, security headers, the access log, and failures."""

    def __init__(self, app: WSGIApplication, settings: Settings) -> None:
        self.app = app
        self.policy = Policy(settings)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        started = perf_counter()
        method = environ["REQUEST_METHOD"]
        path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
        origin = environ.get("HTTP_ORIGIN")
        own_id = choose_request_id(environ.get("HTTP_X_REQUEST_ID"))
        own_headers = {
            **self.policy.security_headers,
            **self.policy.cors_headers(origin),
            "X-Request-ID": own_id,
        }
        status_code = 0

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal status_code
            status_code = int(status[:3])
            named = {name for name, _ in headers}
            headers.extend(header for header in own_headers.items() if header[0] not in named)
            return start_response(status, headers, exc_info)

        def send_problem(status: str, body: bytes, exc_info: Any = None) -> list[bytes]:
            headers = [("Content-Type", MEDIA_TYPE), ("Content-Length", str(len(body)))]
            start(status, headers, exc_info)
            return [] if method == "HEAD" else [body]

        token = request_id.set(own_id)
        try:
            if not self.policy.trusts(environ.get("HTTP_HOST", ""), path):
                body = problem(400, path, "The Host header is not allowed.")
                return send_problem("400 Bad Request", body)
            if method == "OPTIONS" and origin and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
                preflight = self.policy.preflight_headers(origin)
                if preflight is not None:
                    start("204 No Content", list(preflight.items()))
                    return []
            if not path.startswith("/") or path.startswith("//"):
                # Werkzeug would take it for the path of one slash.
                return send_problem("404 Not Found", problem(404, path))
            return self.app(environ, start)
        except Exception:
            logger.exception("the request failed")
            return send_problem("500 Internal Server Error", problem(500, path), sys.exc_info())
        finally:
            logger.log(
                logging.DEBUG if path in PROBES else logging.INFO,
                "request",
                extra={
                    "method": method,
                    "path": path,
                    "status": status_code,
                    "duration_ms": round((perf_counter() - started) * 1000, 3),
                },
            )
            request_id.reset(token)
