"""Gunicorn's worker: the threads that wait for a model are others than those for the rest."""

import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from gunicorn.http.message import Request

from app.ml.serving.model_store import ModelStore
from app.ml.serving.schemas import NAMED_PATH, PATH
from app.ml.serving.tensors import PREFIX
from app.server.buffering_worker import BufferingWorker

# Of each model; as many as a batch has rows: fewer could not fill it, as most requests have one.
THREADS = 64

NAMED = NAMED_PATH.format(name="([^/]+)")
PREDICTION = re.compile(rf"{PATH}|{NAMED}|{PREFIX}/models/([^/]+)/(?:versions/[^/]+/)?infer")


class PredictionWorker(BufferingWorker):
    """A worker in which each model has threads of its own for predictions."""

    app: Any
    store: ModelStore
    prediction_threads: defaultdict[str, ThreadPoolExecutor]

    def init_process(self) -> None:
        """Make the pools; each of their threads starts when it is needed."""
        self.prediction_threads = defaultdict(partial(ThreadPoolExecutor, THREADS))
        super().init_process()

    def run(self) -> None:
        """Watch the models and answer requests, once the handlers of signals are in place."""
        application = self.app.wsgi()
        application.extensions["model_loader"].start()
        self.store = application.extensions["model_store"]
        super().run()

    def choose_threads(self, request: Request) -> ThreadPoolExecutor:
        """Choose the threads for a request."""
        path = request.path or ""
        if path.startswith(f"{PREFIX}/health/"):
            return self.probe_threads
        found = PREDICTION.fullmatch(path) if request.method == "POST" else None
        if not found:
            return super().choose_threads(request)
        name = found[1] or found[2]
        served = self.store.models.get(name) if name else self.store.default
        if not served:
            return super().choose_threads(request)
        return self.prediction_threads[served.name]
