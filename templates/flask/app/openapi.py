"""Operations: views that return models, and their description in the OpenAPI document."""

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

REFERENCE = "#/components/schemas/{model}"

schemas: dict[str, Any] = {}
# The arguments of views, as app.validation describes them.
inputs: dict[Callable[..., Any], dict[str, Any]] = {}
descriptions: dict[Callable[..., Any], dict[str, Any]] = {}


def operation(
    status: int = 200,
    responses: Mapping[Any, Mapping[str, Any]] | None = None,
    returns: type[BaseModel] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., ResponseReturnValue]]:
    """Let a view return a model, alone or in a tuple as in Flask, and describe the view.

    A view may write its response itself; `returns` says what is in it.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., ResponseReturnValue]:
        @wraps(view)
        def serialise(**arguments: Any) -> ResponseReturnValue:
            result = view(**arguments)
            if isinstance(result, Response):
                return result
            model, *rest = result if isinstance(result, tuple) else (result,)
            if model is None:
                response = Response(status=status)
                del response.headers["Content-Type"]
            else:
                content = model.model_dump_json()
                response = Response(content, status, content_type="application/json")
            return (response, *rest) if rest else response

        hint = returns or get_type_hints(view)["return"]
        success = {"model": next(iter(get_args(hint)), hint)}
        descriptions[serialise] = {
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


def refer_to(model: type[BaseModel], mode: JsonSchemaMode) -> dict[str, Any]:
    """Add the schema of a model to the document, and refer to it."""
    schemas[model.__name__] = write_schema(model, mode)
    return {"schema": {"$ref": REFERENCE.format(model=model.__name__)}}


def write_schema(hint: Any, mode: JsonSchemaMode) -> dict[str, Any]:
    """Write the schema of a type, and add those of the models inside it to the document."""
    written = TypeAdapter(hint).json_schema(ref_template=REFERENCE, mode=mode)
    # A default of null carries no information.
    schema: dict[str, Any] = json.loads(
        json.dumps(written),
        object_hook=lambda members: {k: v for k, v in members.items() if v is not None},
    )
    schemas.update(schema.pop("$defs", {}))
    return schema


def init_app(app: Flask) -> None:
    """Add the operations of the application to its document."""
    document = app.extensions["openapi"]
    document["components"]["schemas"] |= schemas
    for rule in app.url_map.iter_rules():
        if described := descriptions.get(app.view_functions[rule.endpoint]):
            (method,) = (rule.methods or set()) - {"HEAD"}
            path = document["paths"].setdefault(re.sub("<(.*?)>", r"{\1}", rule.rule), {})
            path[method.lower()] = {"tags": [rule.endpoint.split(".")[0]], **described}


def describe_response(model: Any, description: str = "Successful Response") -> dict[str, Any]:
    """Describe a response; a model of None is one without a body."""
    if model is type(None):
        return {"description": description}
    media_type = MEDIA_TYPE if model is Problem else "application/json"
    return {"description": description, "content": {media_type: refer_to(model, "serialization")}}
