"""The way to the documentation, at `/` in development."""

from flask import Flask, Response

from app.settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Add the route; one of the application's own at `/` comes before it."""

    @app.get("/")
    def lead_to_docs() -> Response:
        """Redirect a browser, and tell a person who reads the answer."""
        text = f"The documentation is at {settings.root_path}/docs.\n"
        # Relative, so that it leads there with and without a proxy that adds a prefix.
        return Response(text, 307, {"Location": "docs"}, content_type="text/plain; charset=utf-8")
