"""Uvicorn's supervisor of several workers, which gives them time to start."""

import logging
from time import monotonic, sleep

from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

POLL_SECONDS = 0.1

logger = logging.getLogger(__name__)


class Supervisor(Multiprocess):
    """Ends where a worker cannot start; Uvicorn (0.54) would start it again for ever."""

    failed = False

    def init_processes(self) -> None:
        """Start the workers, and wait for them, though not for ever."""
        super().init_processes()
        seconds = self.config.timeout_worker_healthcheck
        deadline = monotonic() + seconds
        for process in self.processes:
            process.parent_conn.send(b"ping")
            while not _has_started(process):
                self.handle_signals()
                if self.should_exit.is_set():
                    return
                if not process.process.is_alive():
                    self._fail(f"A worker ended while it started, with {process.exitcode}.")
                    return
                if monotonic() > deadline:
                    self._fail(f"A worker did not start within {seconds} s.")
                    return

    def keep_subprocess_alive(self) -> None:
        """Start a worker in the place of one that has died, unless it could not start."""
        super().keep_subprocess_alive()
        self.failed |= any(process.exitcode == STARTUP_FAILURE for process in self.processes)

    def terminate_all(self) -> None:
        """End the workers, and listen no longer than they do."""
        super().terminate_all()
        for listener in self.sockets:
            listener.close()

    def _fail(self, reason: str) -> None:
        logger.error(reason)
        self.failed = True
        self.should_exit.set()
        # None of them serves alone, and one that hangs would not heed SIGTERM.
        for process in self.processes:
            process.kill()


def _has_started(process: Process) -> bool:
    """Wait a moment for the answer to a ping, and send another where it is that it still starts."""
    if not process.parent_conn.poll(POLL_SECONDS):
        return False
    if process.parent_conn.recv():
        return True
    sleep(POLL_SECONDS)
    process.parent_conn.send(b"ping")
    return False
