"""Health: /livez tells that the process runs, /readyz whether it can serve."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

State = Literal["ok", "unavailable"]
Check = Callable[[], Awaitable[State]]


class Liveness(BaseModel):
    """The process runs."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Whether the service can serve, and whether each part that it needs is there."""

    status: State
    checks: dict[str, State]


def init_app(app: FastAPI) -> None:
    """Give the application the two routes, and what the second one looks at."""
    app.state.draining = False
    app.state.checks = {}
    unavailable = {"model": Readiness, "description": "Service Unavailable"}
    # Straight on the application, because probes are frequent and a router is a detour.
    app.get("/livez", operation_id="livez", tags=["health"])(livez)
    app.get("/readyz", operation_id="readyz", tags=["health"], responses={503: unavailable})(readyz)


async def livez() -> Liveness:
    """Tell that the process runs."""
    return Liveness()


async def readyz(request: Request, response: Response) -> Readiness:
    """Tell whether the service can serve."""
    checks: Mapping[str, Check] = request.app.state.checks
    states = await asyncio.gather(*(check() for check in checks.values()))
    ready = "unavailable" not in states and not request.app.state.draining
    response.status_code = 200 if ready else 503
    named = dict(zip(checks, states, strict=True))
    return Readiness(status="ok" if ready else "unavailable", checks=named)
