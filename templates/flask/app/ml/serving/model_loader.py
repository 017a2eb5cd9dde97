"""What predictions need as long as the service runs."""

from functools import partial
from threading import Lock, Thread
from time import sleep

from flask import Flask

from app.ml.serving.batcher import Batcher
from app.ml.serving.loading import load
from app.ml.serving.model_documents import describe_models
from app.ml.serving.model_store import POLL_SECONDS, ModelStore
from app.ml.serving.onnx_model import Runtime
from app.settings import Settings


class ModelLoader:
    """Loads the models, and follows their folder."""

    def __init__(self, app: Flask, store: ModelStore) -> None:
        self.store = store
        self._document = app.extensions["openapi"]
        self._lock = Lock()
        self._follower: Thread | None = None

    def load(self) -> None:
        """Load the models."""
        self.store.refresh()
        describe_models(self._document, self.store)

    def start(self) -> None:
        """Load the models and follow their folder, once in each process that answers requests."""
        with self._lock:
            if self._follower is None:
                self.load()
                self._follower = Thread(target=self._follow, daemon=True)
                self._follower.start()

    def _follow(self) -> None:
        while True:
            sleep(POLL_SECONDS)
            if self.store.refresh():
                describe_models(self._document, self.store)


def init_app(app: Flask, settings: Settings) -> None:
    """Have the application predict from its first request on."""
    # The model makes no threads of its own, which would not survive a fork.
    runtime = Runtime(1, settings.model_providers, settings.model_share_weights)
    store = ModelStore(
        settings,
        partial(load, runtime=runtime, batch_size=settings.model_batch_size),
        partial(Batcher, settings=settings),
    )
    loader = ModelLoader(app, store)

    def check() -> str:
        return "ok" if store.is_ready else "unavailable"

    app.extensions["model_store"] = store
    app.extensions["model_loader"] = loader
    app.extensions["checks"]["model"] = lambda: check
    app.before_request(loader.start)


def preload(app: Flask) -> None:
    """Load the model before the server forks, so that its workers have one copy in memory."""
    app.extensions["model_loader"].load()
