"""Gunicorn's threads: some wait for the model, so that others can answer the rest."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from app.ml.schemas import PATH
from app.ml.serving import Serving
from app.worker import PatientWorker

# As many as a batch has rows: fewer could not fill it, as most requests have one.
THREADS = 64

PREDICTION = re.compile(rf"POST ({PATH}|/v2/models/\S+/infer)[ ?]".encode())


class PredictionWorker(PatientWorker):
    """A worker in which predictions have threads of their own."""

    app: Any
    prediction_threads: ThreadPoolExecutor

    def init_process(self) -> None:
        """Make the threads; each starts when it is needed."""
        self.prediction_threads = ThreadPoolExecutor(THREADS)
        super().init_process()

    def run(self) -> None:
        """Follow the model and answer requests, now that a signal can end the worker."""
        serving: Serving = self.app.extensions["serving"]
        serving.start()
        super().run()

    def choose_threads(self, head: bytes) -> ThreadPoolExecutor:
        """Choose who answers a request with this head."""
        return self.prediction_threads if PREDICTION.match(head) else super().choose_threads(head)
