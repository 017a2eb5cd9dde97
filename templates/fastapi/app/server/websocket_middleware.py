"""What stands around every socket: its id, its host, its line in the log."""

import logging
from collections.abc import Awaitable
from contextlib import suppress
from time import perf_counter

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from websockets.frames import CloseCode

from app.error_handlers import problem_response
from app.http_security import HttpSecurity, choose_request_id
from app.logging import request_id
from app.server.proxies import local_path
from app.settings import Settings

ABNORMAL_CLOSURE, INTERNAL_ERROR = CloseCode.ABNORMAL_CLOSURE, CloseCode.INTERNAL_ERROR

logger = logging.getLogger(__name__)


class WebSocketMiddleware:
    """What app.middleware is for requests; the answer to a handshake that fails is one."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.policy = HttpSecurity(settings)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve a socket; a request goes straight on, without another layer."""
        serve = self._serve if scope["type"] == "websocket" else self.app
        return serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        path, status, code, accepted, gone = local_path(scope), 0, 0, False, False
        headers = Headers(scope=scope)
        own_id = choose_request_id(headers.get("x-request-id"))
        request_id.set(own_id)
        added = {"X-Request-ID": own_id}

        async def receive_and_note() -> Message:
            nonlocal code
            message = await receive()
            if message["type"] == "websocket.disconnect":
                code = code or message["code"]
            return message

        async def send_and_note(message: Message) -> None:
            nonlocal status, code, accepted, gone
            kind = message["type"]
            if kind == "websocket.close" and not accepted:
                # The router's word for a path that it does not know.
                await problem_response(scope["path"], 404)(scope, receive, send_and_note)
                return
            if kind == "websocket.accept":
                message["headers"] = [*message.get("headers", []), *_encode(added)]
                accepted = True
            elif kind == "websocket.http.response.start":
                status = message["status"]
                others = self.policy.security_headers | added
                others |= self.policy.cors_headers(headers.get("origin"))
                message["headers"] = [*message["headers"], *_encode(others)]
            try:
                await send(message)
            except OSError:
                gone = True
                raise
            if kind == "websocket.close":
                code = code or message["code"]

        try:
            if self.policy.trusts(headers.get("host", ""), path):
                await self.app(scope, receive_and_note, send_and_note)
            else:
                refusal = problem_response(scope["path"], 400, "The Host header is not allowed.")
                await refusal(scope, receive, send_and_note)
        except Exception:
            # That a client is gone is no failure.
            if not gone:
                logger.exception("the socket failed")
                with suppress(OSError):
                    if accepted:
                        await send_and_note({"type": "websocket.close", "code": INTERNAL_ERROR})
                    elif not status:
                        await problem_response(scope["path"], 500)(scope, receive, send_and_note)
        finally:
            duration = round((perf_counter() - started) * 1000, 3)
            if accepted:
                line = {"path": path, "code": code or ABNORMAL_CLOSURE, "duration_ms": duration}
                logger.info("socket", extra=line)
            else:
                line = {"method": "GET", "path": path, "status": status, "duration_ms": duration}
                logger.info("request", extra=line)


def _encode(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
