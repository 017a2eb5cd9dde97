"""Operations: views that return models, and the OpenAPI document that describes them."""

import json
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, get_args, get_type_hints

from flask import Flask, Response
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from app.problems import MEDIA_TYPE, Problem

schemas: dict[str, Any] = {}
# What a view takes, as app.validation describes it.
inputs: dict[Callable[..., Any], dict[str, Any]] = {}
_operations: dict[Callable[..., Any], dict[str, Any]] = {}


def operation(
    status: int = 200, responses: Mapping[int | str, Mapping[str, Any]] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., ResponseReturnValue]]:
    """Let a view return a model, alone or in a tuple as Flask knows it, and describe the view."""

    def decorate(view: Callable[..., Any]) -> Callable[..., ResponseReturnValue]:
        @wraps(view)
        def serialise(**arguments: Any) -> ResponseReturnValue:
            result = view(**arguments)
            model, *rest = result if isinstance(result, tuple) else (result,)
            response = Response(status=status)
            if model is None:
                del response.headers["Content-Type"]
            else:
                response.data = model.model_dump_json()
                response.content_type = "application/json"
            return (response, *rest) if rest else response

        returns = get_type_hints(view)["return"]
        success = {"model": next(iter(get_args(returns)), returns)}
        _operations[serialise] = {
            "summary": view.__name__.replace("_", " ").title(),
            "description": view.__doc__,
            "operationId": view.__name__,
            **inputs.get(view, {}),
            "responses": {
                str(code): describe_response(**response)
                for code, response in {status: success, **(responses or {})}.items()
            },
        }
        return serialise

    return decorate


def describe_response(model: Any, description: str = "Successful Response") -> dict[str, Any]:
    """Describe a response of this model."""
    if model is type(None):
        return {"description": description}
    media_type = MEDIA_TYPE if model is Problem else "application/json"
    content = {media_type: {"schema": refer_to(model, "serialization")}}
    return {"description": description, "content": content}


def refer_to(model: type[BaseModel], mode: JsonSchemaMode) -> dict[str, Any]:
    """Put the schema of a model among the components."""
    schemas[model.__name__] = write_schema(model, mode)
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def write_schema(hint: Any, mode: JsonSchemaMode) -> dict[str, Any]:
    """Write the schema of a type; the models inside it go among the components."""
    written = TypeAdapter(hint).json_schema(ref_template="#/components/schemas/{model}", mode=mode)
    schema: dict[str, Any] = json.loads(json.dumps(written), object_hook=_without_null)
    schemas.update(schema.pop("$defs", {}))
    return schema


def _without_null(members: dict[str, Any]) -> dict[str, Any]:
    """Leave out a default of null, which says nothing."""
    return {name: value for name, value in members.items() if value is not None}


def describe(app: Flask, info: Mapping[str, str]) -> str:
    """Write the document of all operations of an application."""
    paths: dict[str, Any] = {}
    for rule in app.url_map.iter_rules():
        description = _operations.get(app.view_functions[rule.endpoint])
        if description:
            (method,) = (rule.methods or set()) - {"HEAD"}
            path = re.sub("<(.*?)>", r"{\1}", rule.rule)
            tagged = {"tags": [rule.endpoint.split(".")[0]], **description}
            paths.setdefault(path, {})[method.lower()] = tagged
    document = {
        "openapi": "3.1.0",
        "info": info,
        "paths": paths,
        "components": {"schemas": schemas},
    }
    return json.dumps(document)
