"""Predictions in batches: requests that arrive while the model runs share its next run."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from fastapi import Request

from app.ml.serving.batch_queue import Answer, BatchQueue, Job, complete, give_up, run
from app.ml.serving.datatypes import Columns
from app.ml.serving.model import Model
from app.ml.settings import MlSettings

# A model whose full batch is quicker runs in the event loop: to wake a thread would take longer.
INLINE_SECONDS = 0.002
# The longest pause between two runs, as a part of the time that a full batch takes.
PAUSE = 0.1
# How many answers are handed out before the event loop does other work.
ANSWERS_AT_ONCE = 4


class Batcher:
    """Runs a model, one batch at a time."""

    def __init__(self, model: Model, settings: MlSettings, loop: asyncio.AbstractEventLoop) -> None:
        self.model = model
        self.queue = BatchQueue(settings)
        self._loop = loop
        self._thread = ThreadPoolExecutor(1)
        self._running = False
        self._pause: asyncio.TimerHandle | None = None
        # How many rows end the pause.
        self._expected_rows = 0

    async def predict(self, request: Request, columns: Columns, rows: int) -> Answer:
        """Wait for the answer of the model, or raise Overloaded."""
        future: asyncio.Future[Answer] = self._loop.create_future()
        long_queue = self.queue.rows > self.queue.batch_size
        job = Job(columns, rows, future)
        self.queue.put(job)
        if not self._running and (self._pause is None or self.queue.rows >= self._expected_rows):
            if self._pause is None and self._is_quick(rows):
                self._start()
            else:
                self._start_soon()
        if not long_queue:
            return await future
        # The wait is long enough for a client to disconnect.
        watcher = self._loop.create_task(_watch_client(request, job))
        try:
            return await future
        finally:
            watcher.cancel()

    def _is_quick(self, rows: int) -> bool:
        """Return whether a run may block the event loop."""
        return self.model.seconds < INLINE_SECONDS and rows <= self.queue.batch_size

    def _start_soon(self) -> None:
        """Run the model once the requests that have arrived together are queued."""
        self._running = True
        if self._pause:
            self._pause.cancel()
            self._pause = None
        self._loop.call_soon(self._start)

    def _start(self) -> None:
        """Run the model for the next batch."""
        batch = self.queue.take()
        if not batch:
            self._running = False
            return
        if self._is_quick(sum(job.rows for job in batch)):
            complete(batch, run(self.model, batch))
            self._start_soon()
        else:
            future = self._loop.run_in_executor(self._thread, run, self.model, batch)
            future.add_done_callback(partial(self._finish, batch))

    def _finish(self, batch: list[Job], answers: asyncio.Future[list[Answer | Exception]]) -> None:
        """Hand the answers out, and start the next run, at once or after a pause.

        The pause is for the next requests of the clients of this batch. Otherwise they and the
        clients that wait now take turns, in batches of half the size.
        """
        self._complete(batch, answers.result())
        answered = sum(job.rows for job in batch)
        self._expected_rows = min(self.queue.rows + answered, self.queue.batch_size)
        if self.queue.rows >= self._expected_rows:
            self._start_soon()
        else:
            self._running = False
            pause = self.model.seconds * PAUSE
            self._pause = self._loop.call_later(pause, self._start_soon)

    def _complete(self, batch: Sequence[Job], answers: Sequence[Answer | Exception]) -> None:
        """Complete some jobs now and the others later, since each has a response to write."""
        complete(batch[:ANSWERS_AT_ONCE], answers[:ANSWERS_AT_ONCE])
        if rest := batch[ANSWERS_AT_ONCE:]:
            self._loop.call_soon(self._complete, rest, answers[ANSWERS_AT_ONCE:])


async def _watch_client(request: Request, job: Job) -> None:
    """End the job of a client that disconnects."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    give_up(job)
