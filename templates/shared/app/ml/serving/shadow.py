"""A model that answers no client: it runs on what another one has answered, and is compared."""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

from app.ml.serving.batch_queue import concatenate, count_rows
from app.ml.serving.datatypes import Columns
from app.ml.serving.model import Model

# Numbers that are no further apart are the same.
ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE = 1e-4, 1e-3

logger = logging.getLogger(__name__)


class Shadow:
    """Runs a model in a thread of its own, on as many rows as it can keep up with."""

    def __init__(self, model: Model, answering: Model, limit: int) -> None:
        self.model = model
        self.answering = answering
        # How many rows may wait; a request of more rows waits alone.
        self._limit = limit
        self._lock = Lock()
        self._thread = ThreadPoolExecutor(1)
        self._is_running = False
        # The columns of requests, and the outputs that they were answered with.
        self._waiting: list[tuple[Columns, Columns]] = []
        self._rows = 0
        self._dropped = 0

    def offer(self, columns: Columns, outputs: Columns) -> None:
        """Take the rows of a request that has been answered, unless too many wait."""
        rows = count_rows(columns)
        with self._lock:
            if self._waiting and self._rows + rows > self._limit:
                self._dropped += rows
                return
            self._waiting.append((columns, outputs))
            self._rows += rows
            if not self._is_running:
                self._is_running = True
                self._thread.submit(self._work)

    def _work(self) -> None:
        """Run on all that waits, until nothing does."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._is_running = False
                    return
                answers, dropped = self._waiting, self._dropped
                self._waiting, self._rows, self._dropped = [], 0, 0
            self._run(answers, dropped)

    def _run(self, answers: list[tuple[Columns, Columns]], dropped: int = 0) -> None:
        """Run on the rows of all answers; if that fails, on those of each, so that one fails alone."""
        facts = {"model": str(self.model), "compared_with": str(self.answering), "dropped": dropped}
        try:
            columns, outputs = map(concatenate, zip(*answers, strict=True))
            given = read_predictions(self.answering, outputs)
            found = read_predictions(self.model, self.model.run(columns))
            logger.info("shadow", extra=facts | compare(given, found))
        except Exception as error:  # noqa: BLE001 - those of ONNX Runtime and of owners have no base of their own
            if len(answers) == 1:
                logger.error("the shadow failed: %s", error, extra=facts)
                return
            for answer in answers:
                self._run([answer])


def read_predictions(model: Model, outputs: Columns) -> list[Any]:
    """Read what a client would get for each row."""
    answer = json.loads(model.write_predictions(outputs))
    if "predictions" in answer:
        predictions: list[Any] = answer["predictions"]
        return predictions
    return list(map(list, zip(*answer["outputs"].values(), strict=True)))


def compare(given: list[Any], found: list[Any]) -> dict[str, Any]:
    """Count the rows that differ, and find the greatest difference of two numbers."""
    differing, greatest = 0, 0.0
    for pair in zip(given, found, strict=True):
        differs = False
        for value, other in _pair_up(*pair):
            if isinstance(value, float) and isinstance(other, float):
                difference = abs(value - other)
                greatest = max(greatest, difference)
                differs |= difference > ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * abs(value)
            else:
                differs |= value != other
        differing += differs
    return {"instances": len(given), "differing": differing, "greatest_difference": greatest}


def _pair_up(value: Any, other: Any) -> Iterator[tuple[Any, Any]]:
    """Pair up what stands at the same place of two answers."""
    if isinstance(value, dict) and isinstance(other, dict) and value.keys() == other.keys():
        for key in value:
            yield from _pair_up(value[key], other[key])
    elif isinstance(value, list) and isinstance(other, list) and len(value) == len(other):
        for pair in zip(value, other, strict=True):
            yield from _pair_up(*pair)
    else:
        yield value, other
