"""Predictions in batches: whoever asks while the model runs shares its next run."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from fastapi import Request

from app.ml.datatypes import Columns
from app.ml.model import Model
from app.ml.queue import Answer, Job, NotNow, Queue, run, settle
from app.ml.settings import MlSettings

# A model whose full batch is quicker runs in the event loop: a thread would take longer to wake.
INLINE_SECONDS = 0.002
# How many answers are handed out before other requests have their turn.
ANSWERS_AT_ONCE = 4


class Batcher:
    """Runs the model, one batch at a time."""

    def __init__(self, settings: MlSettings) -> None:
        self.queue = Queue(settings)
        self.batch_size = settings.model_batch_size
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1)
        self._running = False
        self._pause: asyncio.TimerHandle | None = None

    async def predict(self, request: Request, model: Model, columns: Columns, rows: int) -> Answer:
        """Wait for the answer of the model, or raise NotNow."""
        promise: asyncio.Future[Answer] = self._loop.create_future()
        crowded = self.queue.rows > self.batch_size
        self.queue.put(Job(model, columns, rows, promise))
        if not self._running and (self._pause is None or self.queue.complete):
            if self._pause is None and self._is_quick(model, rows):
                self._start()
            else:
                self._start_soon()
        if not crowded:
            return await promise
        # Long enough a wait for a client to give up.
        watch = self._loop.create_task(_give_up(request, promise))
        try:
            return await promise
        finally:
            watch.cancel()

    def _is_quick(self, model: Model, rows: int) -> bool:
        """Tell whether a run may hold up the event loop."""
        return model.seconds < INLINE_SECONDS and rows <= self.batch_size

    def _start_soon(self) -> None:
        """Run the model once the requests that have arrived together are there."""
        self._running = True
        if self._pause:
            self._pause.cancel()
            self._pause = None
        self._loop.call_soon(self._start)

    def _start(self) -> None:
        """Run the model for those who wait."""
        batch = self.queue.take()
        if not batch:
            self._running = False
            return
        if self._is_quick(batch[0].model, sum(job.rows for job in batch)):
            settle(batch, run(batch))
            self._start_soon()
        else:
            future = self._loop.run_in_executor(self._thread, run, batch)
            future.add_done_callback(partial(self._finish, batch))

    def _finish(self, batch: list[Job], answers: asyncio.Future[list[Answer | Exception]]) -> None:
        """Hand the answers out, and give those who get one a moment to ask again."""
        self._hand_out(batch, answers.result())
        pause = self.queue.pause_after(batch)
        if pause:
            self._running = False
            self._pause = self._loop.call_later(pause, self._start_soon)
        else:
            self._start_soon()

    def _hand_out(self, batch: Sequence[Job], answers: Sequence[Answer | Exception]) -> None:
        """Settle some jobs now and the others later, since each has a response to write."""
        settle(batch[:ANSWERS_AT_ONCE], answers[:ANSWERS_AT_ONCE])
        if rest := batch[ANSWERS_AT_ONCE:]:
            self._loop.call_soon(self._hand_out, rest, answers[ANSWERS_AT_ONCE:])


async def _give_up(request: Request, promise: asyncio.Future[Answer]) -> None:
    """Take a job back when its client goes away."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    if not promise.done():
        promise.set_exception(NotNow("The client went away."))
