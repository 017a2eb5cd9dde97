"""The page on which two tabs talk; only development has it."""

from flask import Flask, Response
from werkzeug.exceptions import NotFound

from app.websockets.demo import FILES, HEADERS


def init_app(app: Flask) -> None:
    """Serve the page, and the files that it needs."""

    @app.get("/ws-demo")
    @app.get("/ws-demo/<name>")
    def demo(name: str = "") -> Response:
        if name not in FILES:
            raise NotFound
        path, media_type = FILES[name]
        return Response(path.read_bytes(), headers=HEADERS, content_type=media_type)
