"""Health: /livez tells that the process runs, /readyz whether it can serve."""

import json
from collections.abc import Callable

from flask import Flask, Response

# Starts the check of a part, and returns what finishes it and tells the state: ok or unavailable.
Check = Callable[[], Callable[[], str]]


def init_app(app: Flask) -> None:
    """Answer both; the parts that the service needs add their checks."""
    app.extensions["draining"] = False
    checks: dict[str, Check] = app.extensions.setdefault("checks", {})

    @app.get("/livez")
    def livez() -> Response:
        return Response('{"status":"ok"}', content_type="application/json")

    @app.get("/readyz")
    def readyz() -> Response:
        started = {name: start() for name, start in checks.items()}
        states = {name: finish() for name, finish in started.items()}
        ready = "unavailable" not in states.values() and not app.extensions["draining"]
        readiness = {"status": "ok" if ready else "unavailable", "checks": states}
        body = json.dumps(readiness, separators=(",", ":"))
        return Response(body, 200 if ready else 503, content_type="application/json")
