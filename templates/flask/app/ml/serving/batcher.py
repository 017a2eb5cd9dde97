"""Predictions in batches: requests that arrive while the model runs share its next run."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Condition, Thread

from app.ml.serving.batch_queue import Answer, BatchQueue, Job, complete, give_up, run
from app.ml.serving.datatypes import Columns
from app.ml.serving.model import Model
from app.ml.settings import MlSettings

# How often to look whether a client that waits has disconnected.
DISCONNECT_POLL_SECONDS = 0.5
# How long the thread of a model that has nothing to do lives on.
IDLE_SECONDS = 10


class Batcher:
    """Runs a model in a thread of its own, one batch at a time."""

    def __init__(self, model: Model, settings: MlSettings) -> None:
        self.model = model
        self.queue = BatchQueue(settings)
        self._changed = Condition()
        # Started when it is needed: it would not survive a fork, and the model may be replaced.
        self._thread: Thread | None = None

    def predict(self, columns: Columns, rows: int, is_gone: Callable[[], bool]) -> Answer:
        """Wait for the answer of the model, or raise Overloaded."""
        future: Future[Answer] = Future()
        job = Job(columns, rows, future)
        with self._changed:
            self.queue.put(job)
            if self._thread is None:
                self._thread = Thread(target=self._serve, daemon=True)
                self._thread.start()
            self._changed.notify()
        while True:
            try:
                return future.result(DISCONNECT_POLL_SECONDS)
            except TimeoutError:
                if is_gone():
                    with self._changed:
                        give_up(job)

    def _serve(self) -> None:
        """Run the model whenever jobs wait, until none has come for a while."""
        while True:
            with self._changed:
                while not (batch := self.queue.take()):
                    if not self._changed.wait(IDLE_SECONDS) and not self.queue.jobs:
                        self._thread = None
                        return
            answers = run(self.model, batch)
            with self._changed:
                complete(batch, answers)
