"""Gunicorn's worker: the threads that wait for the model are others than those for the rest."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from app.ml.schemas import PATH
from app.ml.serving.tensors import PREFIX
from app.server.buffering_worker import BufferingWorker

# As many as a batch has rows: fewer could not fill it, as most requests have one.
THREADS = 64

PREDICTION = re.compile(rf"POST ({PATH}|{PREFIX}/models/\S+/infer)[ ?]".encode())


class PredictionWorker(BufferingWorker):
    """A worker in which predictions have threads of their own."""

    app: Any
    prediction_threads: ThreadPoolExecutor

    def init_process(self) -> None:
        """Make the pool; each of its threads starts when it is needed."""
        self.prediction_threads = ThreadPoolExecutor(THREADS)
        super().init_process()

    def run(self) -> None:
        """Watch the model and answer requests, once the handlers of signals are in place."""
        self.app.wsgi().extensions["model_loader"].start()
        super().run()

    def choose_threads(self, head: bytes) -> ThreadPoolExecutor:
        """Choose the threads for a request with this head."""
        return self.prediction_threads if PREDICTION.match(head) else super().choose_threads(head)
