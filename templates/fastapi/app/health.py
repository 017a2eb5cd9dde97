"""Health: /livez tells that the process runs, /readyz whether it can serve."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

CHECK_SECONDS = 2

logger = logging.getLogger(__name__)
router = APIRouter(tags=["health"])


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
        self.checks: dict[str, Callable[[], Awaitable[None]]] = {}

    async def read(self) -> Readiness:
        """Run the checks together."""
        passed = await asyncio.gather(*map(self._passes, self.checks))
        return Readiness(
            status="ok" if all(passed) and not self.draining else "unavailable",
            checks={
                name: "ok" if ok else "unavailable"
                for name, ok in zip(self.checks, passed, strict=True)
            },
        )

    async def _passes(self, name: str) -> bool:
        task = asyncio.ensure_future(self.checks[name]())
        # Not `wait_for`, which waits for a driver that is slow to notice its cancellation.
        await asyncio.wait({task}, timeout=CHECK_SECONDS)
        late = task.cancel()
        error = "no answer" if late else task.exception()
        if error:
            logger.warning("the check of the %s failed: %s", name, error)
        return not error


@router.get("/livez", operation_id="livez")
async def livez() -> Liveness:
    """Tell that the process runs."""
    return Liveness()


@router.get(
    "/readyz",
    operation_id="readyz",
    responses={503: {"model": Readiness, "description": "Service Unavailable"}},
)
async def readyz(request: Request, response: Response) -> Readiness:
    """Tell whether the service can serve."""
    readiness: Readiness = await request.app.state.health.read()
    if readiness.status == "unavailable":
        response.status_code = 503
    return readiness
