"""The schemas of predictions; those of instances come from `model.json`."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

# Of the default model, and of any.
PATH, NAMED_PATH = "/api/v1/predictions", "/api/v1/models/{name}/predictions"
MAX_INSTANCES = 1000
PYTHON_TYPES: dict[str, Any] = {"number": float, "integer": int, "boolean": bool, "string": str}
# No NUL in a text: other programs would take it for the end.
TEXT = r"^[^\x00]*$"


class Instance(BaseModel):
    """What the model knows of one case."""

    model_config = ConfigDict(extra="forbid")


class ModelReference(BaseModel):
    """The model that predicted."""

    name: str
    version: str
    # Whether it is a candidate, which answers a share of the requests; others do not say.
    canary: bool = False


class Predictions(BaseModel):
    """One prediction for each instance, in the order of the request."""

    predictions: list[Any]
    model: ModelReference


def request_schema(instance: type[BaseModel]) -> type[BaseModel]:
    """Make the schema of a request from that of an instance."""
    return create_model(
        "PredictionRequest",
        __doc__="Instances to predict.",
        instances=(list[instance], Field(min_length=1, max_length=MAX_INSTANCES)),  # type: ignore[valid-type]
    )


def response_schema(prediction: type[BaseModel]) -> type[BaseModel]:
    """Make the schema of a response from that of a prediction."""
    return create_model(
        "Predictions",
        __doc__=Predictions.__doc__,
        predictions=(list[prediction], ...),  # type: ignore[valid-type]
        model=(ModelReference, ...),
    )


def write_class(value: str | int | bool) -> str:
    """Write a class as the key of an object in JSON."""
    return str(value).lower() if isinstance(value, bool) else str(value)
