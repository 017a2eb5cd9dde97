"""The routes of the old application, among those of the new one."""

import re

from flask import Flask
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Rule

from app.strangler.mount import OldApplication


class OldRoutes(BaseRoute):
    """All routes of the old application, or only those that are named."""

    def __init__(self, old: OldApplication, only: frozenset[str] | None = None) -> None:
        self._old = old
        self._only = only
        self._urls = old.flask.url_map.bind("localhost")

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Tell whether Flask has the path, and the method."""
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        # Werkzeug takes two slashes for one.
        if scope["type"] != "http" or path.startswith("//"):
            return Match.NONE, {}
        try:
            rule, _ = self._urls.match(path, scope["method"], return_rule=True)
        except MethodNotAllowed:
            return (Match.PARTIAL if self._only is None else Match.NONE), {}
        except NotFound:
            return Match.NONE, {}
        except HTTPException:  # a redirect to the path with a slash at its end
            return (Match.FULL if self._only is None else Match.NONE), {}
        here = self._only is None or f"{scope['method']}:{write_path(rule)}" in self._only
        return (Match.FULL if here else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the old application answer."""
        await self._old(scope, receive, send)


def list_routes(flask: Flask) -> dict[str, Rule]:
    """List the routes of the old application, such as `GET:/api/v1/items/{item_id}`."""
    return {
        f"{method}:{write_path(rule)}": rule
        for rule in flask.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    }


def write_path(rule: Rule) -> str:
    """Write a path as FastAPI does: `/items/{item_id}` for `/items/<int:item_id>`."""
    return re.sub(r"<(?:[^<>:]*:)?([^<>:]+)>", r"{\1}", rule.rule)
