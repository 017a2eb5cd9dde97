"""The OpenAPI document, and the page that shows it."""

from functools import cache

from flask import Flask, Response
from werkzeug.exceptions import NotFound

from app.docs import CONTENT_SECURITY_POLICY, docs_file
from app.operations import describe


def init_app(app: Flask, info: dict[str, str]) -> None:
    """Serve the document and its page."""

    @cache
    def document() -> str:
        return describe(app, info)

    @app.get("/openapi.json")
    def openapi() -> Response:
        return Response(document(), content_type="application/json")

    @app.get("/docs")
    @app.get("/docs/<name>")
    def docs(name: str = "") -> Response:
        try:
            content, media_type = docs_file(name)
        except KeyError:
            raise NotFound from None
        headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
        return Response(content, headers=headers, content_type=media_type)
