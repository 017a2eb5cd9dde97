"""The model as it came: what it is asked, and what it answers itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.ml.importing.columns import Column
from app.ml.serving.datatypes import Columns
from app.ml.serving.metadata import Kind


@dataclass
class Options:
    """What the command line says of a model."""

    columns: list[str] | None
    samples: Mapping[str, list[str | None]] | None
    targets: list[str] | None
    kind: Kind | None
    logits: bool


@dataclass
class Original:
    """A model, the rows that it was asked, and its own answers to them."""

    library: str
    kind: Kind
    classes: list[Any]
    # Graphs of the same model; the first that answers as the model itself is taken.
    graphs: list[Path]
    columns: list[Column]
    # For each kind: label and probabilities; probabilities; values; the outputs.
    answers: Columns
    # The rows of a model of tensors, which has no columns.
    inputs: Columns

    @property
    def rows(self) -> int:
        """How many rows were asked."""
        return len(next(iter(self.answers.values())))

    def keep(self, rows: np.ndarray) -> None:
        """Leave out all other rows."""
        self.answers = {name: values[rows] for name, values in self.answers.items()}
        for column in self.columns:
            column.values = [value for value, kept in zip(column.values, rows, strict=True) if kept]

    def has_missing(self) -> np.ndarray:
        """For each row, whether one of its values is missing."""
        found = np.zeros(self.rows, bool)
        for column in self.columns:
            found |= np.array([value is None for value in column.values])
        return found


def make_array(column: Column, dtype: np.dtype[Any]) -> np.ndarray:
    """The values of a column as an input of a graph takes them."""
    missing: Any = "" if column.type == "string" else np.nan
    values = [missing if value is None else value for value in column.values]
    if dtype == object:
        return np.array(
            [value if isinstance(value, str) else str(value) for value in values], object
        )
    return np.array(values).astype(dtype)
