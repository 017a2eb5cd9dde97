"""Predictions that wait for a run of the model, and the runs that several of them share."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Protocol

import numpy as np

from app.ml.datatypes import Columns
from app.ml.model import Model
from app.ml.settings import MlSettings

# How long a run waits for those whom the one before has answered, in parts of a full batch's time.
PAUSE = 0.1


class NotNow(Exception):
    """The service cannot predict at the moment, and why."""


class Promise(Protocol):
    """What a future of asyncio and one of a thread have in common."""

    def done(self) -> bool: ...
    def set_result(self, result: Any, /) -> None: ...
    def set_exception(self, error: BaseException, /) -> None: ...


@dataclass(eq=False, slots=True)
class Job:
    """The rows of one request."""

    model: Model
    columns: Columns
    rows: int
    promise: Promise
    queued_at: float = field(default_factory=perf_counter)


@dataclass(slots=True)
class Answer:
    """What a run found for one job."""

    outputs: Columns
    batch: int
    queued_ms: float
    inference_ms: float


class Queue:
    """Jobs in the order in which they came, as many as the settings allow."""

    def __init__(self, settings: MlSettings) -> None:
        self.batch_size = settings.model_batch_size
        self.limit = settings.model_queue_size
        self.seconds = settings.model_queue_seconds
        self.jobs: deque[Job] = deque()
        self.rows = 0
        self._expected = 0

    @property
    def complete(self) -> bool:
        """Whether everybody waits who is expected."""
        return self.rows >= self._expected

    def put(self, job: Job) -> None:
        """Add a job, unless too many wait."""
        if self.jobs and self.rows + job.rows > self.limit:
            raise NotNow("Too many predictions are waiting.")
        self.jobs.append(job)
        self.rows += job.rows

    def take(self) -> list[Job]:
        """Take the jobs of the next run; who waited too long or went away has no part in it."""
        batch: list[Job] = []
        free = self.batch_size
        while self.jobs:
            job = self.jobs[0]
            if batch and (job.rows > free or job.model is not batch[0].model):
                break
            self.jobs.popleft()
            self.rows -= job.rows
            if job.promise.done():
                continue
            if perf_counter() - job.queued_at > self.seconds:
                job.promise.set_exception(NotNow("The prediction waited too long."))
                continue
            batch.append(job)
            free -= job.rows
        return batch

    def pause_after(self, batch: Sequence[Job]) -> float:
        """Expect those who were answered to ask again; return how many seconds to wait for them.

        Else they and those who wait now would take turns, in batches of half the size.
        """
        answered = sum(job.rows for job in batch)
        self._expected = min(self.rows + answered, self.batch_size)
        return 0 if self.complete else batch[0].model.seconds * PAUSE


def run(batch: Sequence[Job]) -> list[Answer | Exception]:
    """Run the model once for all jobs; where that fails, once for each, so that one fails alone."""
    started = perf_counter()
    try:
        outputs = batch[0].model.run(_join(batch))
    except Exception as error:  # noqa: BLE001 - those of ONNX Runtime have no base of their own
        return [error] if len(batch) == 1 else [run([job])[0] for job in batch]
    inference_ms = round((perf_counter() - started) * 1000, 3)
    rows = sum(job.rows for job in batch)
    answers: list[Answer | Exception] = []
    first = 0
    for job in batch:
        own = slice(first, first + job.rows)
        queued_ms = round((started - job.queued_at) * 1000, 3)
        part = (
            outputs if len(batch) == 1 else {name: values[own] for name, values in outputs.items()}
        )
        answers.append(Answer(part, rows, queued_ms, inference_ms))
        first += job.rows
    return answers


def settle(batch: Sequence[Job], answers: Sequence[Answer | Exception]) -> None:
    """Give each job its answer."""
    for job, answer in zip(batch, answers, strict=True):
        if job.promise.done():
            continue
        if isinstance(answer, Exception):
            job.promise.set_exception(answer)
        else:
            job.promise.set_result(answer)


def _join(batch: Sequence[Job]) -> Columns:
    if len(batch) == 1:
        return batch[0].columns
    return {name: np.concatenate([job.columns[name] for job in batch]) for name in batch[0].columns}
