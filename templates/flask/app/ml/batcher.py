"""Predictions in batches: whoever asks while the model runs shares its next run."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Condition, Thread

from app.ml.datatypes import Columns
from app.ml.model import Model
from app.ml.queue import Answer, Job, NotNow, Queue, run, settle
from app.ml.settings import MlSettings

# How often a client that waits may turn out to have gone away.
LOOK_SECONDS = 0.5


class Batcher:
    """Runs the model in a thread of its own, one batch at a time."""

    def __init__(self, settings: MlSettings) -> None:
        self.queue = Queue(settings)
        self._changed = Condition()
        # Started when it is needed, for it would not survive a fork.
        self._thread: Thread | None = None

    def predict(
        self, model: Model, columns: Columns, rows: int, is_gone: Callable[[], bool]
    ) -> Answer:
        """Wait for the answer of the model, or raise NotNow."""
        promise: Future[Answer] = Future()
        with self._changed:
            self.queue.put(Job(model, columns, rows, promise))
            if self._thread is None:
                self._thread = Thread(target=self._serve, daemon=True)
                self._thread.start()
            self._changed.notify()
        while True:
            try:
                return promise.result(LOOK_SECONDS)
            except TimeoutError:
                if is_gone():
                    self._give_up(promise)

    def _serve(self) -> None:
        """Run the model whenever somebody waits, for ever."""
        while True:
            with self._changed:
                while not (batch := self.queue.take()):
                    self._changed.wait()
            answers = run(batch)
            with self._changed:
                settle(batch, answers)

    def _give_up(self, promise: Future[Answer]) -> None:
        """Take a job back."""
        with self._changed:
            if not promise.done():
                promise.set_exception(NotNow("The client went away."))
