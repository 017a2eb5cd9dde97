"""The arguments of views, read from the request and validated by the type hints of the view."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, get_type_hints

from flask import request
from pydantic import TypeAdapter, ValidationError
from werkzeug.exceptions import UnprocessableEntity

from app import openapi

MISSING = object()
Result = TypeVar("Result")


class InvalidRequest(UnprocessableEntity):
    """A request that is not valid, with the reasons."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__()
        self.errors = errors


def validated(view: Callable[..., Result]) -> Callable[..., Result]:
    """Pass `body`, `query` and the parts of the path to the view, or answer 422."""
    hints = get_type_hints(view, include_extras=True)
    del hints["return"]
    adapters = {name: TypeAdapter(hint) for name, hint in hints.items()}

    @wraps(view)
    def read_and_call(**path: str) -> Result:
        arguments: dict[str, Any] = {}
        errors: list[dict[str, Any]] = []
        for name, adapter in adapters.items():
            location, value = read(name, path)
            if value is MISSING:
                errors.append({"loc": location, "msg": "Field required", "type": "missing"})
                continue
            try:
                arguments[name] = adapter.validate_python(value, from_attributes=True)
            except ValidationError as error:
                errors += locate(error, *location)
        if errors:
            raise InvalidRequest(errors)
        return view(**arguments)

    openapi.inputs[read_and_call] = describe(hints)
    return read_and_call


def locate(error: ValidationError, *location: str) -> list[dict[str, Any]]:
    """List the reasons of an error, each with its location in the request."""
    return [{**reason, "loc": (*location, *reason["loc"])} for reason in error.errors()]


def read(name: str, path: dict[str, str]) -> tuple[tuple[str, ...], Any]:
    """Read an argument; return its location and its value."""
    if name == "body":
        return ("body",), read_json()
    if name == "query":
        return ("query",), dict(request.args.items(multi=True))
    return ("path", name), path[name]


def read_json() -> Any:
    """Parse the body; without a JSON content type it stays bytes, which no model accepts."""
    body = request.get_data(cache=False)
    if not body:
        return MISSING
    if not request.is_json:
        return body
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        # Errors of encoding, of depth and of long numbers have no position.
        location = ("body", getattr(error, "pos", 0))
        invalid = {"loc": location, "msg": "JSON decode error", "type": "json_invalid"}
        raise InvalidRequest([invalid]) from None


def describe(hints: dict[str, Any]) -> dict[str, Any]:
    """Describe the arguments of a view, in OpenAPI."""
    described: dict[str, Any] = {}
    parameters = []
    for name, hint in hints.items():
        if hint is Any:
            continue
        if name == "body":
            content = {"application/json": openapi.refer_to(hint, "validation")}
            described["requestBody"] = {"required": True, "content": content}
            continue
        schema = openapi.write_schema(hint, "validation")
        if name == "query":
            required = schema.get("required", ())
            for key, member in schema["properties"].items():
                if "$ref" not in member:
                    member.setdefault("title", key.replace("_", " ").title())
                parameters.append(describe_parameter(key, "query", key in required, member))
        else:
            schema["title"] = name.replace("_", " ").title()
            parameters.append(describe_parameter(name, "path", True, schema))
    if parameters:
        described["parameters"] = parameters
    return described


def describe_parameter(name: str, place: str, required: bool, schema: Any) -> dict[str, Any]:
    """Describe a parameter of the path or of the query."""
    return {"name": name, "in": place, "required": required, "schema": schema}
