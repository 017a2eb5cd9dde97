"""Models whose instances have named features."""

from collections.abc import Sequence
from math import ceil, floor
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, create_model

from app.ml.serving.datatypes import FEATURE_DATATYPES, FEATURE_TYPES, Columns, Tensor
from app.ml.serving.kinds.kind import Kind
from app.ml.serving.metadata import METADATA_FILE, Feature, Metadata
from app.ml.serving.model_error import ModelError
from app.ml.serving.onnx_model import OnnxModel
from app.ml.serving.schemas import PYTHON_TYPES, TEXT, request_schema

# What the model gets where an optional feature has no value and no default.
MISSING = {"number": float("nan"), "string": ""}
SEED, MADE_ROWS = 0, 64


class FeaturesKind(Kind):
    """A kind of model whose instances have named features."""

    def __init__(self, metadata: Metadata, onnx: OnnxModel | None) -> None:
        self.metadata = metadata
        known = onnx.inputs if onnx else {}
        self.inputs = {
            feature.name: _choose_tensor(number, feature, known.get(feature.name))
            for number, feature in enumerate(metadata.features)
        }
        self.request = request_schema(instance_schema(metadata.features, self.inputs))
        self.optional = frozenset(feature.name for feature in metadata.features if feature.optional)
        self._fills = [_choose_fill(feature) for feature in metadata.features]

    def read_instances(self, body: Any) -> list[BaseModel]:
        """Validate the body of a request, or raise a ValidationError of Pydantic."""
        request: Any = self.request.model_validate(body, from_attributes=True)
        instances: list[BaseModel] = request.instances
        return instances

    def make_columns(self, instances: list[BaseModel]) -> Columns:
        """Turn valid instances into one array for each feature."""
        columns = {}
        # The fields of an instance are in the order of the features.
        fields = zip(*(vars(instance).values() for instance in instances), strict=True)
        for tensor, fill, field in zip(self.inputs.values(), self._fills, fields, strict=True):
            values: Sequence[Any] = field
            if fill is not None:
                values = [fill if value is None else value for value in field]
            columns[tensor.name] = np.array(values, tensor.dtype).reshape(-1, *tensor.row_shape)
        return columns

    def make_bodies(self) -> list[dict[str, Any]]:
        """Make up valid requests of one instance; the first has the examples of the features."""
        random = np.random.default_rng(SEED)
        features = self.metadata.features
        instances = [{feature.name: feature.example for feature in features}]
        while len(instances) < MADE_ROWS:
            instances.append({feature.name: _make_value(feature, random) for feature in features})
        return [{"instances": [instance]} for instance in instances]

    def first_prediction(self, answer: Any) -> dict[str, Any]:
        """Return what an answer says of the first row."""
        prediction: dict[str, Any] = answer["predictions"][0]
        return prediction


def instance_schema(features: list[Feature], tensors: dict[str, Tensor]) -> type[BaseModel]:
    """Make the schema of an instance from the features of a model."""
    fields: dict[str, Any] = {
        # The name of a feature may be none that Python allows.
        f"feature_{number}": _make_field(feature, tensors[feature.name].dtype)
        for number, feature in enumerate(features)
    }
    return create_model(
        "Instance",
        __config__=ConfigDict(extra="forbid", strict=True),
        __doc__="What the model knows of one case.",
        **fields,
    )


def _choose_tensor(number: int, feature: Feature, known: Tensor | None) -> Tensor:
    """Choose the form of a column: that of the model's input with this name."""
    if known is None:
        return Tensor(feature.name, FEATURE_DATATYPES[feature.type], (1,))
    if (expected := FEATURE_TYPES[known.dtype.kind]) != feature.type:
        raise ModelError(
            f"the input {known.name} is of type {expected}, not {feature.type}: "
            f"change features.{number}.type in {METADATA_FILE}"
        )
    if known.row_shape not in ((), (1,)):
        raise ModelError(
            f"the input {known} does not take one value a row, and a feature is one value: "
            "`poe import-model` splits it, and a model of kind tensors has it whole"
        )
    return known


def _choose_fill(feature: Feature) -> Any:
    """Choose what the model gets where a value is missing; None where none may be."""
    if not feature.optional:
        return None
    return MISSING[feature.type] if feature.default is None else feature.default


def _make_field(feature: Feature, dtype: np.dtype[Any]) -> tuple[Any, Any]:
    limits: dict[str, Any] = {"pattern": TEXT} if feature.type == "string" else {}
    if feature.type == "integer":
        least, most = np.iinfo(dtype).min, np.iinfo(dtype).max
        limits["ge"] = least if feature.minimum is None else max(least, ceil(feature.minimum))
        limits["le"] = most if feature.maximum is None else min(most, floor(feature.maximum))
    if feature.type == "number":
        largest = float(np.finfo(dtype).max)
        limits["ge"] = -largest if feature.minimum is None else feature.minimum
        limits["le"] = largest if feature.maximum is None else feature.maximum
    allowed: Any = PYTHON_TYPES[feature.type]
    described: dict[str, Any] = {}
    if feature.other_choices:
        described["examples"] = feature.choices
    elif feature.choices:
        allowed, limits = Literal[tuple(feature.choices)], {}
    if not feature.optional:
        return allowed, Field(alias=feature.name, **limits, **described)
    described["default"] = feature.default
    return allowed | None, Field(alias=feature.name, **limits, **described)


def _make_value(feature: Feature, random: np.random.Generator) -> float | str | bool:
    """Make an allowed value up."""
    if feature.type == "boolean":
        return bool(random.integers(2))
    if feature.type == "string":
        return str(random.choice(feature.choices or [""]))
    # Small ones: an integer may be a number of something.
    first, span = (0, 2) if feature.type == "integer" else (-10, 20)
    low, high = feature.minimum, feature.maximum
    if low is None:
        low = first if high is None else high - span
    if high is None:
        high = low + span
    if feature.type == "integer":
        return int(random.integers(ceil(low), floor(high), endpoint=True))
    return float(random.uniform(low, high))
