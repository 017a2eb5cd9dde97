"""Health checks of /readyz, each with a timeout."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from time import monotonic

from app.health import Check

CHECK_SECONDS = 2

logger = logging.getLogger(__name__)


def with_timeout(name: str, check: Callable[[], object]) -> Check:
    """Give a check a time limit; `check` raises where the dependency does not answer."""
    # Few threads, so that checks that never end cannot pile up.
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
