"""What the OpenAPI document says of the models: each has a path and schemas of its own."""

from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from app.ml.serving.model_store import ModelStore, Served
from app.ml.serving.schemas import NAMED_PATH, PATH, Instance, Predictions, request_schema

# The schemas of a model; where it is not the default one, its name and a dot stand before each.
NAMES = {"Instance", "PredictionRequest", "Prediction", "Predictions", "ModelReference"}
BEFORE_NAME, AFTER_NAME = NAMED_PATH.split("{name}")


def describe_models(document: dict[str, Any], store: ModelStore) -> None:
    """Describe what serves now, in the place of what served before."""
    schemas = {
        name: schema
        for name, schema in document["components"]["schemas"].items()
        if name.rpartition(".")[2] not in NAMES
    }
    paths = {path: item for path, item in document["paths"].items() if not _is_of_model(path)}
    operation = paths[PATH]["post"]
    paths[PATH] = {"post": _describe(operation, store.default, schemas)}
    for name, served in store.models.items():
        prefix = "" if served is store.default else f"{name}."
        described = _describe(operation, served, schemas, prefix)
        described |= {"summary": f"Predict with {name}", "operationId": f"predict_{name}"}
        paths[NAMED_PATH.format(name=name)] = {"post": described}
    # Replaced and not changed: a request may be writing the document.
    document["paths"] = paths
    document["components"] = document["components"] | {"schemas": schemas}


def _is_of_model(path: str) -> bool:
    return path.startswith(BEFORE_NAME) and path.endswith(AFTER_NAME)


def _describe(
    operation: dict[str, Any], served: Served | None, schemas: dict[str, Any], prefix: str = ""
) -> dict[str, Any]:
    """Describe the operation for a model, and add the schemas that it needs."""
    kind = served.primary.model.kind if served else None
    request = kind.request if kind else request_schema(Instance)
    response = kind.response if kind else Predictions
    body = {"required": True, "content": _refer(schemas, request, prefix, "validation")}
    success = operation["responses"]["200"] | {
        "content": _refer(schemas, response, prefix, "serialization")
    }
    responses = operation["responses"] | {"200": success}
    return operation | {"requestBody": body, "responses": responses}


def _refer(
    schemas: dict[str, Any], model: type[BaseModel], prefix: str, mode: JsonSchemaMode
) -> dict[str, Any]:
    """Add the schema of a body, and refer to it."""
    reference = "#/components/schemas/" + prefix + "{model}"
    schema = TypeAdapter(model).json_schema(ref_template=reference, mode=mode)
    for name, definition in {**schema.pop("$defs", {}), model.__name__: schema}.items():
        schemas[f"{prefix}{name}"] = definition
    return {"application/json": {"schema": {"$ref": reference.format(model=model.__name__)}}}
