"""The schemas of predictions in the OpenAPI document; those of instances come from `model.json`."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model
from pydantic.json_schema import JsonSchemaMode

PATH = "/api/v1/predictions"
MAX_INSTANCES = 1000
PYTHON_TYPES: dict[str, Any] = {"number": float, "integer": int, "boolean": bool, "string": str}
# No NUL in a text: other programs would take it for the end.
TEXT = r"^[^\x00]*$"
REFERENCE = "#/components/schemas/{model}"
# The schemas that change with the model.
NAMES = ("Instance", "PredictionRequest", "Prediction", "Predictions", "ModelReference")


class Instance(BaseModel):
    """What the model knows of one case."""

    model_config = ConfigDict(extra="forbid")


class ModelReference(BaseModel):
    """The model that predicted."""

    name: str
    version: str


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


def describe(document: dict[str, Any], request: type[BaseModel], response: type[BaseModel]) -> None:
    """Describe the requests and the responses of the model in the OpenAPI document."""
    schemas = document["components"]["schemas"]
    for name in NAMES:
        schemas.pop(name, None)
    operation = document["paths"][PATH]["post"]
    operation["requestBody"] = {"required": True, "content": _refer(schemas, request, "validation")}
    operation["responses"]["200"]["content"] = _refer(schemas, response, "serialization")


def _refer(schemas: dict[str, Any], model: type[BaseModel], mode: JsonSchemaMode) -> dict[str, Any]:
    """Add the schema of a model, and refer to it."""
    schema = TypeAdapter(model).json_schema(ref_template=REFERENCE, mode=mode)
    schemas.update({**schema.pop("$defs", {}), model.__name__: schema})
    return {"application/json": {"schema": {"$ref": REFERENCE.format(model=model.__name__)}}}


def write_class(value: str | int | bool) -> str:
    """Write a class as the key of an object in JSON."""
    return str(value).lower() if isinstance(value, bool) else str(value)
