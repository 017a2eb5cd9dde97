"""The responses of pages."""

from typing import Any

from fastapi import Request, Response

from app.pages import flash as flashes
from app.pages.page_request import cookies_of, read_cookie
from app.pages.rendering import PAGE_HEADERS, render
from app.server.proxies import local_path


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """Answer with a page, which says once what was done before it."""
    code = read_cookie(request, "flash")
    user = getattr(request.state, "user", None)
    text = render(
        template,
        root=request.scope.get("root_path", ""),
        current=local_path(request.scope),
        user=user.email if user else None,
        flash=flashes.MESSAGES.get(code) if code else None,
        **values,
    )
    response = Response(text, status, PAGE_HEADERS)
    if code is not None:
        response.headers.append("Set-Cookie", cookies_of(request).delete("flash"))
    return response


def see_other(request: Request, path: str, flash: str | None = None) -> Response:
    """Lead a browser to another page, which may say what was done."""
    location = request.scope.get("root_path", "") + path
    response = Response(status_code=303, headers={"Location": location})
    if flash:
        cookie = cookies_of(request).set("flash", flash, flashes.SECONDS)
        response.headers.append("Set-Cookie", cookie)
    return response
