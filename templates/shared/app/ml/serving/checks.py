"""What is checked before a model serves: its description, its outputs, and its answers.

A model that does something else than its description says would answer wrongly without a sign.
"""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from app.ml.serving.datatypes import Columns
from app.ml.serving.examples import read_examples
from app.ml.serving.metadata import EXAMPLES_FILE, METADATA_FILE
from app.ml.serving.model import Model
from app.ml.serving.model_error import ModelError, first_error

# How much a number may differ from what the original model answers, whose numbers may be longer.
RELATIVE_TOLERANCE, TOLERANCE = 1e-3, 1e-4
# How many rows run alone, too: their answers are the same as among others.
ALONE = 3

logger = logging.getLogger(__name__)


def check(model: Model, folder: Path, batch_size: int) -> Columns:
    """Raise a ModelError unless the model answers as it should; return a row that it answers."""
    examples = read_examples(folder, model.metadata)
    if examples is None:
        logger.warning(
            "%s of the model %s names no %s: whether it answers as the original model does is not "
            "known. `poe train` and `poe import-model` write them",
            METADATA_FILE,
            model,
            EXAMPLES_FILE,
        )
        rows = _keep_sound(model, [_read_row(model, body) for body in model.kind.make_bodies()])
    else:
        rows = [
            _read_row(model, example.body, f"{EXAMPLES_FILE}: row {number}")
            for number, example in enumerate(examples)
        ]
    outputs = _run(model, rows, batch_size)
    answers = [_read_answer(model, row) for row in outputs]
    for row, answer in zip(rows[:ALONE], answers[:ALONE], strict=True):
        alone = _read_answer(model, model.run(row))
        if difference := find_difference(model.kind.settle_ties(answer, alone), alone):
            raise ModelError(f"the answer to a row depends on others of its batch: {difference}")
    if examples is None:
        model.kind.check_agreement(_join(outputs))
    for number, (example, answer) in enumerate(zip(examples or [], answers, strict=False)):
        expected = model.kind.settle_ties(example.expected, answer)
        # An example need not say everything.
        found = {key: answer[key] for key in expected.keys() & answer.keys()}
        if difference := find_difference(expected, found):
            raise ModelError(
                f"{EXAMPLES_FILE}: row {number}: {difference}: {METADATA_FILE} does not describe this "
                "model, or the model does not answer as the original one does"
            )
    return rows[0]


def find_difference(expected: Any, found: Any, place: str = "") -> str | None:
    """Say where something in JSON is not what is expected; a float may differ a little."""
    if isinstance(expected, dict) and isinstance(found, dict):
        if unlike := expected.keys() ^ found.keys():
            return f"{place}{min(unlike)} is {'expected' if min(unlike) in expected else 'new'}"
        pairs = [(f"{place}{key}: ", expected[key], found[key]) for key in expected]
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = [(place, *pair) for pair in zip(expected, found, strict=True)]
    elif isinstance(expected, float) or isinstance(found, float):
        numbers = isinstance(expected, (int, float)) and isinstance(found, (int, float))
        limit = TOLERANCE + RELATIVE_TOLERANCE * abs(expected) if numbers else 0
        same = numbers and abs(expected - found) <= limit
        return None if same else _say_difference(expected, found, place)
    else:
        same = type(expected) is type(found) and expected == found
        return None if same else _say_difference(expected, found, place)
    return next(
        (said for where, *pair in pairs if (said := find_difference(pair[0], pair[1], where))),
        None,
    )


def _say_difference(expected: Any, found: Any, place: str) -> str:
    texts = (json.dumps(value, ensure_ascii=False) for value in (expected, found))
    return f"{place}expected {' and got '.join(text[:100] for text in texts)}"


def _read_row(model: Model, body: dict[str, Any], place: str = "a row made up") -> Columns:
    """Turn a request of one instance into columns."""
    try:
        return model.make_columns(model.read_instances(body))
    except ValidationError as error:
        reason = first_error(error).removeprefix("instances.0.")
        raise ModelError(f"{place}: {METADATA_FILE} does not allow it: {reason}") from error


def _run(model: Model, rows: Sequence[Columns], batch_size: int) -> list[Columns]:
    """Run the model in batches, check its outputs, and return those of each row."""
    outputs: list[Columns] = []
    for first in range(0, len(rows), batch_size):
        batch = rows[first : first + batch_size]
        try:
            parts = [_join(batch)]
        except ValueError:
            # Rows of different sizes, which no batch has together.
            parts = list(batch)
        for columns in parts:
            count = len(next(iter(columns.values())))
            found = model.run(columns)
            _check_rows(found, count)
            model.kind.check_outputs(found, count)
            outputs += [
                {name: values[number : number + 1] for name, values in found.items()}
                for number in range(count)
            ]
    return outputs


def _check_rows(outputs: Columns, rows: int) -> None:
    """Raise a ModelError unless each output is an array with as many rows as the inputs."""
    for name, values in outputs.items():
        if not isinstance(values, np.ndarray):
            raise ModelError(
                f"the output {name} is a {type(values).__name__} and no array of NumPy: a model is "
                "exported without ZipMap, which `poe import-model` removes"
            )
        if not values.shape or len(values) != rows:
            raise ModelError(
                f"the output {name} has the shape {list(values.shape)} for {rows} rows: "
                "each has one entry in it"
            )


def _keep_sound(model: Model, rows: list[Columns]) -> list[Columns]:
    """Leave out rows that the model has no answer to, except the first: no client may send them."""
    if _is_sound(model, _join(rows)):
        return rows
    return [rows[0], *(row for row in rows[1:] if _is_sound(model, row))]


def _is_sound(model: Model, columns: Columns) -> bool:
    try:
        outputs = model.run(columns)
    except Exception:  # noqa: BLE001 - those of ONNX Runtime and of owners have no base of their own
        return False
    arrays = map(np.asarray, outputs.values())
    return all(np.isfinite(values).all() for values in arrays if values.dtype.kind == "f")


def _read_answer(model: Model, outputs: Columns) -> dict[str, Any]:
    """Read what the answer says of the only row."""
    return model.kind.first_prediction(json.loads(model.write_predictions(outputs)))


def _join(rows: Sequence[Columns]) -> Columns:
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
