"""What predictions need as long as the service runs."""

import gc
from threading import Lock, Thread
from time import sleep

from flask import Flask

from app.ml.serving.batcher import Batcher
from app.ml.serving.model_store import POLL_SECONDS, ModelStore
from app.ml.serving.onnx_model import Runtime
from app.ml.serving.schemas import describe
from app.settings import Settings


class ModelLoader:
    """Loads the model, and follows its folder."""

    def __init__(self, app: Flask, store: ModelStore) -> None:
        self.store = store
        self._document = app.extensions["openapi"]
        self._lock = Lock()
        self._follower: Thread | None = None

    def load(self) -> None:
        """Load the model."""
        self.store.refresh()
        describe(self._document, *self.store.schemas)

    def start(self) -> None:
        """Load the model and follow its folder, once in each process that answers requests."""
        with self._lock:
            if self._follower is None:
                self.load()
                self._follower = Thread(target=self._follow, daemon=True)
                self._follower.start()

    def _follow(self) -> None:
        while True:
            sleep(POLL_SECONDS)
            if self.store.refresh():
                describe(self._document, *self.store.schemas)


def init_app(app: Flask, settings: Settings) -> None:
    """Have the application predict from its first request on."""
    # The model makes no threads of its own, which would not survive a fork.
    runtime = Runtime(1, settings.model_providers, settings.model_share_weights)
    store = ModelStore(settings.model_path, runtime, settings.model_batch_size)
    loader = ModelLoader(app, store)

    def check() -> str:
        return "ok" if store.model else "unavailable"

    app.extensions["model_store"] = store
    app.extensions["model_loader"] = loader
    app.extensions["batcher"] = Batcher(settings)
    app.extensions["checks"]["model"] = lambda: check
    app.before_request(loader.start)


def preload(app: Flask) -> None:
    """Load the model before the server forks, so that its workers have one copy in memory."""
    app.extensions["model_loader"].load()
    # What is there now stays, so no worker's collector need touch it, and have a copy of it made.
    gc.collect()
    gc.freeze()
