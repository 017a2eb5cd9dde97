"""What predictions need as long as the service runs."""

import gc
from threading import Lock, Thread
from time import sleep

from flask import Flask

from app.ml.batcher import Batcher
from app.ml.folder import POLL_SECONDS, ModelFolder
from app.ml.schemas import describe
from app.settings import Settings


class Serving:
    """The model, the one who runs it, and the one who follows its folder."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        # The model makes no threads of its own, which would not survive a fork.
        self.folder = ModelFolder(settings.model_path, 1, settings.model_batch_size)
        self.batcher = Batcher(settings)
        self._document = app.extensions["openapi"]
        self._lock = Lock()
        self._follower: Thread | None = None

    def load(self) -> None:
        """Load the model."""
        self.folder.refresh()
        describe(self._document, self.folder.request)

    def start(self) -> None:
        """Load the model and follow its folder, once in each process that answers requests."""
        if self._follower is None:
            with self._lock:
                if self._follower is None:
                    self.load()
                    self._follower = Thread(target=self._follow, daemon=True)
                    self._follower.start()

    def _follow(self) -> None:
        while True:
            sleep(POLL_SECONDS)
            if self.folder.refresh():
                describe(self._document, self.folder.request)


def init_app(app: Flask, settings: Settings) -> None:
    """Have the application predict from its first request on."""
    serving = app.extensions["serving"] = Serving(app, settings)

    def tell_state() -> str:
        return "ok" if serving.folder.model else "unavailable"

    app.extensions["checks"]["model"] = lambda: tell_state
    app.before_request(serving.start)


def share(app: Flask) -> None:
    """Load the model before the server forks, so that its workers have one copy in memory."""
    serving: Serving = app.extensions["serving"]
    serving.load()
    # What is there now stays, so no worker's collector need touch it, and have a copy of it made.
    gc.collect()
    gc.freeze()
