"""The OpenAPI document, which starts from `openapi.json`, and the page that shows it."""

import json
from pathlib import Path

from flask import Flask, Response
from werkzeug.exceptions import NotFound

from app.docs import FILES, HEADERS
from app.settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Serve the document and its page."""
    document = json.loads(Path(__file__).with_name("openapi.json").read_text(encoding="utf-8"))
    app.extensions["openapi"] = document
    if settings.root_path:
        document["servers"] = [{"url": settings.root_path}]

    @app.get("/openapi.json")
    def openapi() -> Response:
        content = json.dumps(document, separators=(",", ":"))
        return Response(content, content_type="application/json")

    @app.get("/docs")
    @app.get("/docs/<name>")
    def docs(name: str = "") -> Response:
        if name not in FILES:
            raise NotFound
        path, media_type = FILES[name]
        return Response(path.read_bytes(), headers=HEADERS, content_type=media_type)
