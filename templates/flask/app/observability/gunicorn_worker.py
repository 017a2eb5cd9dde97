"""Gunicorn's worker: it begins to be observed once it runs, and sends what is left at its end."""

from typing import Any

from app.observability import process
from app.server.buffering_worker import BufferingWorker


class ObservedWorker(BufferingWorker):
    """A worker that others see into."""

    app: Any

    def run(self) -> None:
        """Answer requests, while others see what happens."""
        self.app.wsgi().extensions["start_observation"]()
        try:
            super().run()
        finally:
            process.stop()
