"""The old application with the headers that its pages need."""

from starlette.types import Message, Receive, Scope, Send

from app.strangler.mount import OldApplication

# Those of the new application suit an API: a page could load no style, and a form would send no Referer.
PAGE_HEADERS = {
    b"content-security-policy": b"frame-ancestors 'self'",
    b"referrer-policy": b"strict-origin-when-cross-origin",
    b"x-frame-options": b"SAMEORIGIN",
}


class MountedApplication(OldApplication):
    """Answers with Flask, whose own headers come before these."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and let its page load what it always did."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = dict(message["headers"])
                missing = [header for header in PAGE_HEADERS.items() if header[0] not in present]
                message["headers"] = [*message["headers"], *missing]
            await send(message)

        await super().__call__(scope, receive, send_with_headers)
