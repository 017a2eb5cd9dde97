"""Health checks of /readyz, each with a timeout."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from app.health import Check, State

CHECK_SECONDS = 2

logger = logging.getLogger(__name__)


def with_timeout(name: str, check: Callable[[], Awaitable[object]]) -> Check:
    """Give a check a time limit; `check` raises where the dependency does not answer."""

    async def run() -> State:
        task = asyncio.ensure_future(check())
        # Not `wait_for`, which waits for a driver that is slow to notice its cancellation.
        await asyncio.wait({task}, timeout=CHECK_SECONDS)
        error = "no answer" if task.cancel() else task.exception()
        if error:
            logger.warning("the check of the %s failed: %s", name, error)
        return "unavailable" if error else "ok"

    return run
