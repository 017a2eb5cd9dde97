"""What a prediction takes and returns; the features of an instance come from `model.json`."""

from collections.abc import Mapping
from math import ceil, floor
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model

from app.ml.serving.metadata import Feature

PATH = "/api/v1/predictions"
MAX_INSTANCES = 1000
REFERENCE = "#/components/schemas/{model}"
TYPES: dict[str, Any] = {"number": float, "integer": int, "boolean": bool, "string": str}


class ModelReference(BaseModel):
    """The model that predicted."""

    name: str
    version: str


class Prediction(BaseModel):
    """The class of an instance, and how likely each class is."""

    label: str
    probabilities: dict[str, float]


class Predictions(BaseModel):
    """One prediction for each instance, in the order of the request."""

    predictions: list[Prediction]
    model: ModelReference


def request_schema(features: list[Feature], dtypes: Mapping[str, np.dtype[Any]]) -> type[BaseModel]:
    """Make the schema of a request from the features of a model."""
    fields: dict[str, Any] = {
        # The name of a feature may be none that Python allows.
        f"feature_{number}": _make_field(feature, dtypes[feature.name])
        for number, feature in enumerate(features)
    }
    instance = create_model(
        "Instance",
        __config__=ConfigDict(extra="forbid", strict=True),
        __doc__="What the model knows of one case.",
        **fields,
    )
    return create_model(
        "PredictionRequest",
        __doc__="Instances to predict the class of.",
        instances=(list[instance], Field(min_length=1, max_length=MAX_INSTANCES)),  # type: ignore[valid-type]
    )


def describe(document: dict[str, Any], request: type[BaseModel]) -> None:
    """Describe a request in the OpenAPI document."""
    schema = TypeAdapter(request).json_schema(ref_template=REFERENCE)
    document["components"]["schemas"] |= {**schema.pop("$defs"), request.__name__: schema}
    content = {"application/json": {"schema": {"$ref": REFERENCE.format(model=request.__name__)}}}
    document["paths"][PATH]["post"]["requestBody"] = {"required": True, "content": content}


def _make_field(feature: Feature, dtype: np.dtype[Any]) -> tuple[Any, Any]:
    if feature.choices:
        return Literal[tuple(feature.choices)], Field(alias=feature.name)
    # No NUL in a text: other programs would take it for the end.
    limits: dict[str, Any] = {"pattern": r"^[^\x00]*$"} if feature.type == "string" else {}
    if feature.type == "integer":
        least, most = np.iinfo(dtype).min, np.iinfo(dtype).max
        limits["ge"] = least if feature.minimum is None else max(least, ceil(feature.minimum))
        limits["le"] = most if feature.maximum is None else min(most, floor(feature.maximum))
    if feature.type == "number":
        largest = float(np.finfo(dtype).max)
        limits["ge"] = -largest if feature.minimum is None else feature.minimum
        limits["le"] = largest if feature.maximum is None else feature.maximum
    return TYPES[feature.type], Field(alias=feature.name, **limits)
