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
        deadline = monotonic() + self.config.timeout_worker_healthcheck
        for process in self.processes:
            if reason := self._wait_for(process, deadline):
                logger.error(reason)
                self.failed = True
                self.should_exit.set()
                # None of them serves alone, and one that hangs would not heed SIGTERM.
                for started in self.processes:
                    started.kill()
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

    def _wait_for(self, process: Process, deadline: float) -> str | None:
        """Wait until a worker has started; return why it has not."""
        lives = False
        process.parent_conn.send(b"ping")
        while not self.should_exit.is_set():
            if process.parent_conn.poll(POLL_SECONDS):
                lives = True
                if process.parent_conn.recv():
                    break
                sleep(POLL_SECONDS)
                process.parent_conn.send(b"ping")
            if not process.process.is_alive():
                return f"A worker ended while it started, with {process.exitcode}."
            if monotonic() > deadline:
                seconds = self.config.timeout_worker_healthcheck
                # One that lives waits for something, such as a model.
                return None if lives else f"A worker did not start within {seconds} s."
            self.handle_signals()
        return None
