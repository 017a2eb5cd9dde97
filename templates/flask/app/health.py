"""Health: /livez tells that the process runs, /readyz whether it can serve."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Literal

from flask import Blueprint, Flask, current_app
from pydantic import BaseModel

from app.operations import operation

CHECK_SECONDS = 2

blueprint = Blueprint("health", __name__)


class Liveness(BaseModel):
    """The process runs."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Whether the service can serve, and whether each part that it needs is there."""

    status: Literal["ok", "degraded", "unavailable"]
    checks: dict[str, Literal["ok", "unavailable"]]


class Health:
    """What this process knows of its own state."""

    def __init__(self) -> None:
        self.draining = False
        # Each raises where its part is missing.
        self.checks: dict[str, Callable[[], None]] = {}
        # So few threads that checks which never end cannot pile up.
        self._pool = ThreadPoolExecutor(4)

    def read(self) -> Readiness:
        """Run the checks together, and wait no longer than `CHECK_SECONDS`."""
        futures = {name: self._pool.submit(check) for name, check in self.checks.items()}
        done, late = wait(futures.values(), CHECK_SECONDS)
        for future in late:
            future.cancel()
        good = {future for future in done if future.exception() is None}
        ready = len(good) == len(futures) and not self.draining
        return Readiness(
            status="ok" if ready else "unavailable",
            checks={name: "ok" if f in good else "unavailable" for name, f in futures.items()},
        )


def init_app(app: Flask) -> None:
    """Give the application its state and the two routes."""
    app.extensions["health"] = Health()
    app.register_blueprint(blueprint)


@blueprint.get("/livez")
@operation()
def livez() -> Liveness:
    """Tell that the process runs."""
    return Liveness()


@blueprint.get("/readyz")
@operation(responses={503: {"model": Readiness, "description": "Service Unavailable"}})
def readyz() -> tuple[Readiness, int]:
    """Tell whether the service can serve."""
    readiness = current_app.extensions["health"].read()
    return readiness, 503 if readiness.status == "unavailable" else 200
