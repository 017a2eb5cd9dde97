"""Columns of sample rows: what a CSV file says of the values that a model takes."""

import csv
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

FeatureType = Literal["number", "integer", "boolean", "string"]

ROWS = 200
# As pandas reads them.
MISSING = {"", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "<NA>"}
BOOLEANS = {
    "True": True,
    "true": True,
    "TRUE": True,
    "False": False,
    "false": False,
    "FALSE": False,
}
MOST_CHOICES = 50


class ImportingError(Exception):
    """The reason why a model cannot be imported, and what to change."""


@dataclass
class Column:
    """One feature of a model, with a value for each row; None is a missing one."""

    name: str
    type: FeatureType
    values: list[Any]
    choices: list[str] | None = None
    other_choices: bool = False
    optional: bool = False
    # Whether the values are real ones, from which ranges can be learned.
    sampled: bool = field(default=False, kw_only=True)

    def learn(self) -> None:
        """Learn from sample rows which values are missing, and the choices of a string."""
        self.sampled = True
        self.optional = self.optional or None in self.values
        known = sorted({value for value in self.values if value is not None})
        repeated = 2 * len(known) <= len(self.values) and len(known) <= MOST_CHOICES
        if self.type == "string" and self.choices is None and repeated:
            self.choices = known


def read_csv(path: Path) -> dict[str, list[str | None]]:
    """Read the texts of each column; None where a value is missing."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = [row for row in csv.reader(file) if row]
    except OSError as error:
        raise ImportingError(f"{path}: {error.strerror}") from error
    except (ValueError, csv.Error) as error:
        raise ImportingError(f"{path} is no CSV file in UTF-8 with a header: {error}") from error
    if not rows:
        raise ImportingError(f"{path} has no rows below its header")
    if wrong := [number for number, row in enumerate(rows, 2) if len(row) != len(header)]:
        raise ImportingError(
            f"{path}: row {wrong[0]} has not the {len(header)} values of the header"
        )
    if len(set(header)) < len(header):
        raise ImportingError(f"{path}: two columns have the same name")
    return {
        name: [None if value in MISSING else value for value in column]
        for name, column in zip(header, zip(*rows, strict=True), strict=True)
    }


def guess_type(texts: Sequence[str | None]) -> FeatureType:
    """Guess the type of a column from its texts."""
    known = [text for text in texts if text is not None]
    if known and all(text in BOOLEANS for text in known):
        return "boolean"
    # An integer has no way to say that it is missing; pandas makes it a number, too.
    if len(known) == len(texts) and _are_all(int, known):
        return "integer"
    return "number" if _are_all(float, known) else "string"


def parse(name: str, texts: Sequence[str | None], type_: str) -> list[Any]:
    """Turn the texts of a column into values of a type."""
    parsers: dict[str, Any] = {
        "number": float,
        "integer": lambda text: int(float(text)),
        "boolean": BOOLEANS.__getitem__,
        "string": str,
    }
    try:
        return [None if text is None else parsers[type_](text) for text in texts]
    except (ValueError, KeyError, OverflowError) as error:
        raise ImportingError(
            f"the column {name} of the samples holds no {type_}: {error}"
        ) from error


def _are_all(convert: Callable[[str], object], texts: Sequence[str]) -> bool:
    try:
        return all(convert(text) is not None for text in texts)
    except ValueError:
        return False


def make_values(
    type_: str, known: Sequence[Any] | None, *, optional: bool, generator: random.Random
) -> list[Any]:
    """Make values where there are no samples: known ones, else numbers of several magnitudes."""

    def make_number() -> float:
        scale = generator.choice((1.0, 1.0, 10.0, 100.0))
        return round(
            generator.gauss(0, scale) if generator.random() < 0.5 else generator.uniform(0, scale),
            3,
        )

    def make() -> Any:
        if optional and generator.random() < 0.1:
            return None
        if known:
            return generator.choice(known)
        if type_ == "boolean":
            return generator.random() < 0.5
        if type_ == "string":
            return generator.choice(("", "a", "b", "some text"))
        return round(make_number()) if type_ == "integer" else make_number()

    return [make() for _ in range(ROWS)]
