"""A sample of the requests and their answers in the log, without what is personal."""

import json
import logging
from math import isnan
from random import random
from typing import Any

import numpy as np

from app.ml.serving.batch_queue import count_rows
from app.ml.serving.datatypes import Columns
from app.ml.serving.model import Model
from app.ml.serving.model_error import ModelError

logger = logging.getLogger(__name__)


def log_sample(
    share: float, model: Model, columns: Columns, outputs: Columns, *, canary: bool
) -> None:
    """Log a request and its answer, of a share of all requests."""
    if not share or random() >= share:
        return
    try:
        answer = json.loads(model.write_predictions(outputs))
    except ModelError:
        # There is no answer.
        return
    metadata = model.metadata
    personal = {feature.name for feature in metadata.features if feature.personal}
    to_list = _list_values if metadata.features else _list_rows
    given = {name: to_list(values) for name, values in columns.items() if name not in personal}
    rows = count_rows(columns)
    facts = {
        "model": metadata.name,
        "version": metadata.version,
        "canary": canary,
        "instances": _split(given, rows),
        "predictions": answer.get("predictions") or _split(answer["outputs"], rows),
    }
    logger.info("sample", extra=facts)


def _list_rows(values: np.ndarray[Any, Any]) -> list[Any]:
    # A number of 32 bits as a client writes it: 5.1, and not 5.099999904632568.
    rows: list[Any] = (
        values.astype(str).astype(float) if values.dtype.kind == "f" else values
    ).tolist()
    return rows


def _list_values(values: np.ndarray[Any, Any]) -> list[Any]:
    """List one value for each row; a missing number is null."""
    return [
        None if isinstance(value, float) and isnan(value) else value
        for value in _list_rows(values.ravel())
    ]


def _split(columns: dict[str, list[Any]], rows: int) -> list[dict[str, Any]]:
    return [{name: values[row] for name, values in columns.items()} for row in range(rows)]
