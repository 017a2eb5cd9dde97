"""The middleware: request ids, logs, headers, limits and unexpected exceptions."""

import logging
from time import perf_counter

from fastapi import HTTPException, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.error_handlers import problem_response
from app.http_security import PROBES, UNTRUSTED_HOST, HttpSecurity, choose_request_id
from app.logging import request_id
from app.problems import BODY_TOO_LARGE
from app.server.proxies import restore_request
from app.server.refusals import TOO_SLOW
from app.settings import Settings

logger = logging.getLogger(__name__)


class Middleware:
    """One plain ASGI class, because each further layer slows every request."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.security = HttpSecurity(settings)
        self.security_headers = _encode(self.security.security_headers)
        self.security_names = set(dict(self.security_headers))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, also when the application fails."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        # As the proxy sent it, without the prefix.
        path, status, received = scope["path"], 0, 0
        scope = restore_request(scope, self.settings)
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method, fields = scope["method"], dict(scope["headers"])
        origin = fields.get(b"origin", b"").decode("latin-1")
        current_id = choose_request_id(fields.get(b"x-request-id", b"").decode("latin-1"))
        request_id.set(current_id)
        added = [(b"x-request-id", current_id.encode())]
        if self.security.origins:
            added += _encode(self.security.cors_headers(origin))

        broken_off_by: str | None = "client"
        level = logging.DEBUG if path in PROBES else logging.INFO

        def log() -> None:
            if not logger.isEnabledFor(level):
                return
            duration = round((perf_counter() - started) * 1000, 3)
            line = {"method": method, "path": path, "status": status, "duration_ms": duration}
            if broken_off_by:
                line["broken_off_by"] = broken_off_by
            logger.log(level, "request", extra=line)

        async def send_with_headers(message: Message) -> None:
            nonlocal status, broken_off_by
            if message["type"] == "http.response.start":
                status = message["status"]
                security, present = self.security_headers, dict(message["headers"])
                if not self.security_names.isdisjoint(present):
                    security = [header for header in security if header[0] not in present]
                message["headers"] = [*message["headers"], *security, *added]
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                broken_off_by = None
                log()

        async def receive_within_limit() -> Message:
            nonlocal received
            message = await receive()
            if scope.get("state", {}).get("too_slow"):
                raise HTTPException(408, TOO_SLOW)
            received += len(message.get("body", b""))
            if received > (limit := self.settings.body_limit(path)):
                raise HTTPException(413, BODY_TOO_LARGE.format(limit))
            return message

        try:
            if response := self._answer_early(scope, path, fields, origin):
                await response(scope, receive, send_with_headers)
                return
            if method == "HEAD":
                # A copy, because the server leaves the body out where its own scope says HEAD.
                scope = {**scope, "method": "GET"}
            await self.app(scope, receive_within_limit, send_with_headers)
        except Exception:
            if status:
                broken_off_by = broken_off_by and "service"
                raise
            logger.exception("the request failed")
            await problem_response(scope["path"], 500)(scope, receive, send_with_headers)
        finally:
            if broken_off_by:
                log()

    def _answer_early(
        self, scope: Scope, path: str, fields: dict[bytes, bytes], origin: str
    ) -> Response | None:
        """Answer a request that breaks a rule, and a preflight, without a route."""
        if not self.security.trusts(fields.get(b"host", b"").decode("latin-1"), path):
            return problem_response(scope["path"], 400, UNTRUSTED_HOST)
        preflight = scope["method"] == "OPTIONS" and b"access-control-request-method" in fields
        if preflight and (allowed := self.security.preflight_headers(origin)):
            return Response(status_code=204, headers=allowed)
        if length := fields.get(b"content-length"):
            limit = self.settings.body_limit(path)
            if int(length) > limit:
                return problem_response(scope["path"], 413, BODY_TOO_LARGE.format(limit))
        return None


def _encode(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
