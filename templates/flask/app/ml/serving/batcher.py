"""Predictions in batches: requests that arrive while the model runs share its next run."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Condition, Thread

from app.ml.serving.batch_queue import Answer, BatchQueue, Job, complete, give_up, run
from app.ml.serving.datatypes import Columns
from app.ml.serving.model import Model
from app.ml.settings import MlSettings

# A model whose full batch is quicker runs in the thread of a request: to wake another one would take
# longer.
INLINE_SECONDS = 0.002
# How often to look whether a client that waits has disconnected.
DISCONNECT_POLL_SECONDS = 0.5
# How long the thread of a model that has nothing to do lives on.
IDLE_SECONDS = 10


class Batcher:
    """Runs a model, one batch at a time: in the thread of a request, or in one of its own."""

    def __init__(self, model: Model, settings: MlSettings) -> None:
        self.model = model
        self.queue = BatchQueue(settings)
        self._changed = Condition()
        # Whether some thread runs the model, and whether that is to be its own.
        self._running = self._is_turn_of_own = False
        # Started when it is needed: it would not survive a fork, and the model may be replaced.
        self._thread: Thread | None = None

    def predict(self, columns: Columns, rows: int, is_gone: Callable[[], bool]) -> Answer:
        """Wait for the answer of the model, or raise Overloaded."""
        future: Future[Answer] = Future()
        job = Job(columns, rows, future)
        with self._changed:
            self.queue.put(job)
            is_first, self._running = not self._running, True
            runs_here = is_first and self._is_quick(rows)
            if is_first and not runs_here:
                self._call_own()
        if runs_here:
            self._run_here()
        while True:
            try:
                return future.result(DISCONNECT_POLL_SECONDS)
            except TimeoutError:
                if is_gone():
                    with self._changed:
                        give_up(job)

    def _is_quick(self, rows: int) -> bool:
        """Return whether to run the model takes less time than to have another thread do it."""
        return self.model.seconds < INLINE_SECONDS and rows <= self.queue.batch_size

    def _run_here(self) -> None:
        """Run what is queued, and leave to the model's own thread what is queued meanwhile."""
        with self._changed:
            batch = self.queue.take()
        answers = run(self.model, batch) if batch else []
        with self._changed:
            complete(batch, answers)
            if self.queue.jobs:
                self._call_own()
            else:
                self._running = False

    def _call_own(self) -> None:
        """Have the model's own thread run it."""
        self._is_turn_of_own = True
        if self._thread is None:
            self._thread = Thread(target=self._serve, daemon=True)
            self._thread.start()
        self._changed.notify()

    def _serve(self) -> None:
        """Run the model when it is called, as long as jobs wait; end when that was long ago."""
        while True:
            with self._changed:
                while not self._is_turn_of_own:
                    if not self._changed.wait(IDLE_SECONDS) and not self._is_turn_of_own:
                        self._thread = None
                        return
                batch = self.queue.take()
                if not batch:
                    self._running = self._is_turn_of_own = False
                    continue
            answers = run(self.model, batch)
            with self._changed:
                complete(batch, answers)
