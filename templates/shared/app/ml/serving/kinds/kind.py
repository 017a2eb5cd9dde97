"""What all kinds of model have in common."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel

from app.ml.serving.datatypes import Columns, Tensor
from app.ml.serving.model_error import ModelError

FLOATS, NUMBERS = "f", "fiu"


class Kind(ABC):
    """A kind of model: its requests, its outputs and its answers."""

    request: type[BaseModel]
    response: type[BaseModel]
    # What the columns of a request become.
    inputs: dict[str, Tensor]
    # Those of which a value may be missing.
    optional: frozenset[str] = frozenset()

    @abstractmethod
    def read_instances(self, body: Any) -> Any:
        """Validate the body of a request, or raise a ValidationError of Pydantic."""

    @abstractmethod
    def make_columns(self, instances: Any) -> Columns:
        """Turn valid instances into one array for each column."""

    @abstractmethod
    def make_bodies(self) -> list[dict[str, Any]]:
        """Make up valid requests of one instance."""

    @abstractmethod
    def first_prediction(self, answer: Any) -> dict[str, Any]:
        """Return what an answer says of the first row."""

    def complete(self, outputs: Columns) -> Columns:
        """Add the outputs that follow from others."""
        return outputs

    @abstractmethod
    def check_outputs(self, outputs: Columns, rows: int) -> None:
        """Raise a ModelError unless the outputs are those of this kind."""

    @abstractmethod
    def check_agreement(self, outputs: Columns) -> None:
        """Raise a ModelError where outputs contradict each other."""

    @abstractmethod
    def write(self, outputs: Columns, model: Mapping[str, Any]) -> bytes:
        """Write the answer to a request: JSON in UTF-8."""

    def settle_ties(self, expected: Any, found: Any) -> Any:
        """Return the expected prediction, with the classes found where others are as likely."""
        return expected


def check_output(
    outputs: Columns, name: str, shapes: Sequence[tuple[int, ...]], types: str
) -> None:
    """Raise a ModelError unless there is an output of one of these shapes and kinds of type."""
    wanted = " or ".join(str(list(shape)) for shape in shapes)
    if name not in outputs:
        raise ModelError(
            f"the model has no output {name} of shape {wanted}, only {', '.join(outputs)}"
        )
    values = outputs[name]
    if values.shape not in shapes:
        raise ModelError(f"the output {name} has the shape {list(values.shape)}, not {wanted}")
    if values.dtype.kind not in types:
        raise ModelError(f"the output {name} is of the type {values.dtype}")


def check_finite(name: str, values: np.ndarray[Any, Any]) -> None:
    """Raise a ModelError where a value is NaN or infinite, for which JSON has no word."""
    if not np.isfinite(values).all():
        raise ModelError(f"the output {name} is not all finite")
