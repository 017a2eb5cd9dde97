"""Shortcuts to the routes of routers, which FastAPI would match twice for each request."""

from collections.abc import Iterator
from inspect import signature
from itertools import takewhile

from fastapi import FastAPI
from fastapi.params import Form
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, Mount, NoMatchFound, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from app.server.body_route import BodyRoute, takes_only_a_body

PARAMETERS = signature(APIRoute).parameters.keys() - {"form_limits"}


class FixedPaths(BaseRoute):
    """Finds the routes of paths without parameters at once, of which others are tried in turn."""

    def __init__(self, routes: list[BaseRoute]) -> None:
        self._found: dict[tuple[str, str], APIRoute] = {}
        # Up to the first that may look at more than the path and the method.
        for route in takewhile(_matches_by_path, routes):
            if isinstance(route, APIRoute) and not route.param_convertors:
                for method in route.methods or ():
                    scope = {"type": "http", "method": method, "path": route.path}
                    if next(each for each in routes if _matches(each, scope)) is route:
                        self._found[method, route.path] = route

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Find the route that would match first."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        route = self._found.get((scope.get("method", ""), path))
        return route.matches(scope) if route else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the route answer."""
        await scope["route"].handle(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: object) -> URLPath:
        """Leave it to the routes."""
        raise NoMatchFound(name, path_params)


def init_app(app: FastAPI) -> None:
    """Put a copy of each route before its router, which answers what is not copied."""
    routes = app.router.routes
    copied = [each for route in routes for each in (*_copy_routes(route), route)]
    routes[:] = [FixedPaths(copied), *copied]


def _copy_routes(router: BaseRoute) -> Iterator[APIRoute]:
    # Up to the first that stays, because a later one may match the same requests.
    for route in takewhile(_can_be_copied, iter_route_contexts([router])):
        if route.original_route is not router:
            parameters = {name: getattr(route, name) for name in PARAMETERS}
            copy = BodyRoute if takes_only_a_body(route) else APIRoute
            yield copy(**parameters | {"include_in_schema": False})


def _can_be_copied(route: RouteContext) -> bool:
    """Return whether the parameters of a route say all about it."""
    if type(route.original_route) is not APIRoute or route.stream_item_type:
        return False
    body = route.body_field
    return body is None or not isinstance(body.field_info, Form)


def _matches_by_path(route: BaseRoute) -> bool:
    """Return whether a route, and each of those in it, looks at the path and the method alone."""
    kinds = (Route, WebSocketRoute, Mount)
    return all(isinstance(each.original_route, kinds) for each in iter_route_contexts([route]))


def _matches(route: BaseRoute, scope: Scope) -> bool:
    return route.matches(dict(scope))[0] is Match.FULL
