"""Gunicorn's worker: the threads that wait for the model are others than those for the rest."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gunicorn.http.message import Request

from app.ml.serving.schemas import PATH
from app.ml.serving.tensors import PREFIX
from app.server.buffering_worker import BufferingWorker

# As many as a batch has rows: fewer could not fill it, as most requests have one.
THREADS = 64

PREDICTION = re.compile(rf"{PATH}|{PREFIX}/models/.+/infer")


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

    def choose_threads(self, request: Request) -> ThreadPoolExecutor:
        """Choose the threads for a request."""
        path = request.path or ""
        if path.startswith(f"{PREFIX}/health/"):
            return self.probe_threads
        predicts = request.method == "POST" and PREDICTION.fullmatch(path)
        return self.prediction_threads if predicts else super().choose_threads(request)
