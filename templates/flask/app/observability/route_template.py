"""The route of a request, as the API document names it."""

import re
from functools import cache
from wsgiref.types import WSGIEnvironment

from flask import request

KEY = "app.route"
VARIABLE = re.compile(r"<(?:[^>]*:)?(\w+)>")


def note_route() -> None:
    """Keep the route of the request: Flask forgets it before the middleware asks."""
    if rule := request.url_rule:
        request.environ[KEY] = rule.rule


def find_route(environ: WSGIEnvironment) -> str | None:
    """Return the path of the route that a request was for, such as /items/{item_id}."""
    rule = environ.get(KEY)
    return _in_form_of_openapi(rule) if rule else None


@cache
def _in_form_of_openapi(rule: str) -> str:
    return VARIABLE.sub(r"{\1}", rule)
