"""One OpenAPI document, which has the routes of the old application too."""

from typing import Any

from fastapi import FastAPI
from flask import Flask

from app.strangler.routes import list_routes, write_path


def init_app(app: FastAPI, flask: Flask) -> None:
    """Add what only the old application has to the document."""
    describe_new = app.openapi

    def describe_both() -> dict[str, Any]:
        known = app.openapi_schema is not None
        document = describe_new()
        if not known:
            _add_routes(document, flask)
        return document

    app.openapi = describe_both  # type: ignore[method-assign]


def _add_routes(document: dict[str, Any], flask: Flask) -> None:
    old = flask.extensions.get("openapi", {})
    described = old.get("paths", {}) if isinstance(old, dict) else {}
    for route, rule in list_routes(flask).items():
        method = route.partition(":")[0].lower()
        path = write_path(rule)
        operations = document["paths"].setdefault(path, {})
        if method not in operations and rule.endpoint not in ("docs", "openapi"):
            without_description = {
                "summary": rule.endpoint,
                "operationId": f"{method}_{rule.endpoint}",
                "parameters": [
                    {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                    for name in sorted(rule.arguments)
                ],
                "responses": {"default": {"description": "What the old application answers"}},
            }
            operations[method] = described.get(path, {}).get(method, without_description)
        if not operations:
            del document["paths"][path]
    if described:
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        document["components"]["schemas"] = old["components"].get("schemas", {}) | schemas
