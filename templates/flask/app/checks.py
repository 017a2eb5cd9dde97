"""Checks of the parts that the service needs, for /readyz."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from time import monotonic

from app.health import Check

CHECK_SECONDS = 2

logger = logging.getLogger(__name__)


def bounded(name: str, check: Callable[[], object]) -> Check:
    """Run a check in bounded time; `check` raises where its part does not answer."""
    # So few threads that checks which never end cannot pile up.
    pool = ThreadPoolExecutor(max_workers=4)

    def start() -> Callable[[], str]:
        future, deadline = pool.submit(check), monotonic() + CHECK_SECONDS

        def finish() -> str:
            wait([future], deadline - monotonic())
            error = future.exception() if future.done() else "no answer"
            future.cancel()
            if error:
                logger.warning("the check of the %s failed: %s", name, error)
            return "unavailable" if error else "ok"

        return finish

    return start
