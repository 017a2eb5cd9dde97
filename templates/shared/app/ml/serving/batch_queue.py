"""Predictions that wait for a run of the model, and the runs that several of them share."""

import asyncio
import concurrent.futures
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from app.ml.serving.datatypes import Columns
from app.ml.serving.model import Model
from app.ml.settings import MlSettings

# What each 503 says, and the reasons of those that do not come from the queue.
RETRY_AFTER_SECONDS = 1
NOT_READY, STOPPING = "The model is not ready.", "The service is stopping."


class Overloaded(Exception):
    """A prediction that the service gives up, and why."""


@dataclass(slots=True)
class Answer:
    """What a run found for one job, and what the log says of it."""

    outputs: Columns
    facts: dict[str, float]


@dataclass(eq=False, slots=True)
class Job:
    """The rows of one request, and the future that gets their answer."""

    columns: Columns
    rows: int
    future: asyncio.Future[Answer] | concurrent.futures.Future[Answer]
    queued_at: float = field(default_factory=perf_counter)


class BatchQueue:
    """Jobs in the order in which they came, as many as the settings allow."""

    def __init__(self, settings: MlSettings) -> None:
        self.batch_size = settings.model_batch_size
        self.limit = settings.model_queue_size
        self.seconds = settings.model_queue_seconds
        self.jobs: deque[Job] = deque()
        self.rows = 0

    def put(self, job: Job) -> None:
        """Add a job, unless too many wait."""
        if self.jobs and self.rows + job.rows > self.limit:
            raise Overloaded("Too many predictions are waiting.")
        self.jobs.append(job)
        self.rows += job.rows

    def take(self) -> list[Job]:
        """Take the jobs of the next run; leave out those that waited too long or are done."""
        batch: list[Job] = []
        free = self.batch_size
        while self.jobs:
            job = self.jobs[0]
            if batch and job.rows > free:
                break
            self.jobs.popleft()
            self.rows -= job.rows
            if job.future.done():
                continue
            if perf_counter() - job.queued_at > self.seconds:
                job.future.set_exception(Overloaded("The prediction waited too long."))
                continue
            batch.append(job)
            free -= job.rows
        return batch


def count_rows(columns: Columns) -> int:
    """Return how many rows the columns have."""
    return len(next(iter(columns.values())))


def concatenate(parts: Sequence[Columns]) -> Columns:
    """Put the rows of several requests into one array for each column."""
    if len(parts) == 1:
        return parts[0]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def run(model: Model, batch: Sequence[Job]) -> list[Answer | Exception]:
    """Run the model once for all jobs; if that fails, once for each, so that one fails alone."""
    started = perf_counter()
    try:
        outputs = model.run(concatenate([job.columns for job in batch]))
    except Exception as error:  # noqa: BLE001 - those of ONNX Runtime have no base of their own
        return [error] if len(batch) == 1 else [run(model, [job])[0] for job in batch]
    inference_ms = round((perf_counter() - started) * 1000, 3)
    rows = sum(job.rows for job in batch)
    answers: list[Answer | Exception] = []
    first = 0
    for job in batch:
        own = slice(first, first + job.rows)
        queued_ms = round((started - job.queued_at) * 1000, 3)
        part = {name: values[own] for name, values in outputs.items()}
        facts = {"batch": rows, "queued_ms": queued_ms, "inference_ms": inference_ms}
        answers.append(Answer(part, facts))
        first += job.rows
    return answers


def complete(batch: Sequence[Job], answers: Sequence[Answer | Exception]) -> None:
    """Give each job its answer."""
    for job, answer in zip(batch, answers, strict=True):
        if job.future.done():
            continue
        if isinstance(answer, Exception):
            job.future.set_exception(answer)
        else:
            job.future.set_result(answer)


def give_up(job: Job) -> None:
    """Complete the job of a client that has disconnected."""
    complete([job], [Overloaded("The client went away.")])
