"""Checks of the parts that the service needs, for /readyz."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from app.health import Check, State

CHECK_SECONDS = 2

logger = logging.getLogger(__name__)


def bounded(name: str, check: Callable[[], Awaitable[object]]) -> Check:
    """Run a check in bounded time; `check` raises where it does not answer at all."""

    async def run() -> State:
        task = asyncio.ensure_future(check())
        # Not `wait_for`, which waits for a driver that is slow to notice its cancellation.
        await asyncio.wait({task}, timeout=CHECK_SECONDS)
        error = "no answer" if task.cancel() else task.exception()
        if error:
            logger.warning("the check of the %s failed: %s", name, error)
        return "unavailable" if error else "ok"

    return run
