"""The form of `model.json`, which describes the model beside it."""

from collections.abc import Sequence
from math import ceil, floor, inf
from re import fullmatch
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

from app.ml.serving.datatypes import DTYPES

METADATA_FILE, MODEL_FILE, EXAMPLES_FILE = "model.json", "model.onnx", "examples.json"

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")]


def _check_file_name(name: str) -> str:
    if not fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}", name):
        raise ValueError(
            f"{name} is not the name of a file beside {METADATA_FILE}, without a folder"
        )
    return name


FileName = Annotated[str, AfterValidator(_check_file_name)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Kind = Literal["classifier", "regressor", "multilabel", "tensors"]
Class = StrictStr | StrictInt | StrictBool

# What each kind says besides what every model says.
KEYS: dict[Kind, set[str]] = {
    "classifier": {"features", "classes", "labels", "threshold"},
    "regressor": {"features", "targets"},
    "multilabel": {"features", "classes", "threshold"},
    "tensors": {"inputs", "outputs"},
}
PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "string": str,
}


class Feature(BaseModel):
    """A column that the model reads, and the values that it allows."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    type: Literal["number", "integer", "boolean", "string"]
    minimum: float | None = None
    maximum: float | None = None
    choices: list[str] | None = Field(default=None, min_length=1)
    # Whether other strings than the choices go on to the model.
    other_choices: bool = False
    # Whether a value may be missing: null, or left out. The model gets the default in its place,
    # otherwise NaN or an empty string.
    optional: bool = False
    default: StrictBool | StrictInt | StrictFloat | StrictStr | None = None
    # Whether it says something of a person: it stays out of the log.
    personal: bool = False

    @property
    def example(self) -> float | str | bool:
        """An allowed value."""
        if self.type == "string":
            return self.choices[0] if self.choices else ""
        if self.type == "boolean":
            return False
        if self.minimum is not None:
            return ceil(self.minimum) if self.type == "integer" else self.minimum
        return min(0, floor(self.maximum or 0))

    @property
    def _low(self) -> float:
        return -inf if self.minimum is None else self.minimum

    @property
    def _high(self) -> float:
        return inf if self.maximum is None else self.maximum

    @model_validator(mode="after")
    def _check(self) -> "Feature":
        if self.type not in ("number", "integer") and {self.minimum, self.maximum} != {None}:
            raise ValueError("only numbers and integers have a minimum or a maximum")
        if self._low > self._high:
            raise ValueError("the minimum is greater than the maximum")
        if self.type != "string" and self.choices:
            raise ValueError("only strings have choices")
        if self.other_choices and not self.choices:
            raise ValueError("other_choices needs choices")
        if self.default is not None:
            self._check_default(self.default)
        elif self.optional and self.type in ("integer", "boolean"):
            raise ValueError(
                f"an optional {self.type} needs a default: the model has no missing value of this type"
            )
        return self

    def _check_default(self, default: Any) -> None:
        if not self.optional:
            raise ValueError("only an optional feature has a default: write optional, too")
        if not _is_of_type(default, self.type):
            raise ValueError(f"the default is not of type {self.type}")
        if self.choices and not self.other_choices and default not in self.choices:
            raise ValueError("the default is none of the choices")
        if self.type in ("number", "integer") and not self._low <= default <= self._high:
            raise ValueError("the default is not between minimum and maximum")


class TensorInfo(BaseModel):
    """An input or an output of a model of tensors."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    datatype: str
    # The first is the rows; -1 is any size.
    shape: list[int] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> "TensorInfo":
        if self.datatype not in DTYPES:
            raise ValueError(f"the datatype is none of {', '.join(DTYPES)}")
        if self.shape[0] != -1:
            raise ValueError("the shape begins with -1, for any number of rows")
        if any(size < 1 and size != -1 for size in self.shape):
            raise ValueError("a size in the shape is at least 1, or -1 for any size")
        return self


class Metadata(BaseModel):
    """The description of a model; `train.py` writes it."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    version: Name
    # Of the model's file.
    sha256: Sha256
    file: FileName = MODEL_FILE
    # Of further files that the model reads, such as its weights.
    data: dict[FileName, Sha256] = {}
    # Of `examples.json`.
    examples: Sha256 | None = None
    kind: Kind = "classifier"
    features: list[Feature] = []
    inputs: list[TensorInfo] = []
    outputs: list[TensorInfo] = []
    # In the order of the columns of `probabilities`.
    classes: Sequence[Class] = []
    # What the model calls the classes, where that is something else.
    labels: Sequence[Class] | None = None
    # The class is the second of two, or one of several, where its probability is at least this.
    threshold: float | None = Field(default=None, ge=0, le=1)
    targets: list[str] = []
    metrics: dict[str, float] = {}

    @model_validator(mode="after")
    def _check(self) -> "Metadata":
        for key in sorted(set[str]().union(*KEYS.values()) - KEYS[self.kind]):
            if getattr(self, key) not in (None, []):
                raise ValueError(f"a model of kind {self.kind} has no {key}: remove {key}")
        needed = {"features", "classes"} & KEYS[self.kind]
        for key in sorted(needed):
            if not getattr(self, key):
                raise ValueError(f"a model of kind {self.kind} needs {key}")
        if self.kind == "regressor" and not self.targets:
            self.targets = ["value"]
        for key in ("features", "inputs", "outputs"):
            _check_unique(key, [described.name for described in getattr(self, key)])
        _check_unique("targets", self.targets)
        for key in ("classes", "labels"):
            values = getattr(self, key) or []
            _check_unique(key, values)
            if len(set(map(type, values))) > 1:
                raise ValueError(f"the {key} are not of one type")
        if self.labels is not None and len(self.labels) != len(self.classes):
            raise ValueError(
                f"there are {len(self.labels)} labels for {len(self.classes)} classes: "
                "labels has one for each class, in the same order"
            )
        if self.threshold is not None and self.kind == "classifier" and len(self.classes) != 2:
            raise ValueError("only a classifier of two classes has a threshold: remove threshold")
        return self


def _is_of_type(value: Any, name: str) -> bool:
    return isinstance(value, PYTHON_TYPES[name]) and isinstance(value, bool) == (name == "boolean")


def _check_unique(key: str, values: Sequence[Any]) -> None:
    if repeated := [value for value in values if values.count(value) > 1]:
        raise ValueError(f"{key} has {repeated[0]!r} twice")
