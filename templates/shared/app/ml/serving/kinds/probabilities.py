"""What is checked of probabilities."""

from typing import Any

import numpy as np

from app.ml.serving.kinds.kind import check_finite
from app.ml.serving.model_error import ModelError

PROBABILITIES = "probabilities"
# How far a number of 16 bits is from what it means, and a sum of many of them.
TOLERANCE = 5e-3
TIE_TOLERANCE = 1e-3


def check_range(values: np.ndarray[Any, Any]) -> None:
    """Raise a ModelError where a value is no probability."""
    check_finite(PROBABILITIES, values)
    wrong = (values < -TOLERANCE) | (values > 1 + TOLERANCE)
    if wrong.any():
        raise ModelError(
            f"the output {PROBABILITIES} has the value {values[wrong][0]:.6g}, which is no probability: "
            "are these logits? `poe import-model --logits` adds what makes probabilities of them"
        )


def check_sum(values: np.ndarray[Any, Any]) -> None:
    """Raise a ModelError where the probabilities of a row do not add up to one."""
    sums = values.sum(axis=1, dtype=float)
    wrong = abs(sums - 1) > TOLERANCE
    if wrong.any():
        raise ModelError(
            f"a row of the output {PROBABILITIES} adds up to {sums[wrong][0]:.6g}, not to 1: are these "
            "logits (`poe import-model --logits`), or is the model of kind multilabel?"
        )


def is_tie(one: float, other: float) -> bool:
    """Return whether two probabilities are the same, but for how the model computes them."""
    return abs(one - other) <= TIE_TOLERANCE
