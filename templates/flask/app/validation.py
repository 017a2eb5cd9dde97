"""What a view takes, read from the request and validated as the type hints of the view say."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, get_type_hints

from flask import request
from pydantic import TypeAdapter, ValidationError
from werkzeug.exceptions import UnprocessableEntity

from app import operations

MISSING = object()
Result = TypeVar("Result")


class InvalidRequest(UnprocessableEntity):
    """A request that is not valid, and why."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__()
        self.errors = errors


def validated(view: Callable[..., Result]) -> Callable[..., Result]:
    """Hand `body`, `query` and the parts of the path to the view, or answer 422."""
    hints = get_type_hints(view, include_extras=True)
    del hints["return"]
    adapters = {name: TypeAdapter(hint) for name, hint in hints.items()}

    @wraps(view)
    def read_and_call(**path: str) -> Result:
        arguments: dict[str, Any] = {}
        errors: list[dict[str, Any]] = []
        for name, adapter in adapters.items():
            place, value = read(name, path)
            if value is MISSING:
                errors.append({"loc": place, "msg": "Field required", "type": "missing"})
                continue
            try:
                arguments[name] = adapter.validate_python(value, from_attributes=True)
            except ValidationError as error:
                errors += [{**e, "loc": (*place, *e["loc"])} for e in error.errors()]
        if errors:
            raise InvalidRequest(errors)
        return view(**arguments)

    operations.inputs[read_and_call] = describe(hints)
    return read_and_call


def read(name: str, path: dict[str, str]) -> tuple[tuple[str, ...], Any]:
    """Read an argument, and tell where it stands."""
    if name == "body":
        return ("body",), read_json()
    if name == "query":
        return ("query",), dict(request.args.items(multi=True))
    return ("path", name), path[name]


def read_json() -> Any:
    """Read the body; what does not call itself JSON stays bytes, which no model accepts."""
    body = request.get_data(cache=False)
    if not body:
        return MISSING
    if not request.is_json:
        return body
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        # Not UTF-8, too deep, or a number of too many digits: these have no position.
        place = ("body", getattr(error, "pos", 0))
        raise InvalidRequest(
            [{"loc": place, "msg": "JSON decode error", "type": "json_invalid"}]
        ) from None


def describe(hints: dict[str, Any]) -> dict[str, Any]:
    """Describe what a view takes, in OpenAPI."""
    described: dict[str, Any] = {}
    parameters = []
    for name, hint in hints.items():
        if hint is Any:
            continue
        if name == "body":
            content = {"application/json": operations.refer_to(hint, "validation")}
            described["requestBody"] = {"required": True, "content": content}
            continue
        schema = operations.write_schema(hint, "validation")
        if name == "query":
            parameters += [
                {
                    "name": key,
                    "in": "query",
                    "required": key in schema.get("required", ()),
                    "schema": part,
                }
                for key, part in schema["properties"].items()
            ]
        else:
            title = name.replace("_", " ").title()
            parameters.append(
                {"name": name, "in": "path", "required": True, "schema": {**schema, "title": title}}
            )
    if parameters:
        described["parameters"] = parameters
    return described
