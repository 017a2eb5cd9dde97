"""Shortcuts to the routes of routers, which FastAPI would match twice for each request."""

from collections.abc import Iterator
from inspect import signature
from itertools import takewhile

from fastapi import FastAPI
from fastapi.params import Form
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

PARAMETERS = signature(APIRoute).parameters.keys() - {"form_limits"}


def init_app(app: FastAPI) -> None:
    """Put a copy of each route before its router, which answers what is not copied."""
    routes = app.router.routes
    routes[:] = [each for route in routes for each in (*_copy_routes(route), route)]


def _copy_routes(router: BaseRoute) -> Iterator[APIRoute]:
    # Up to the first that stays, because a later one may match the same requests.
    for route in takewhile(_can_be_copied, iter_route_contexts([router])):
        if route.original_route is not router:
            parameters = {name: getattr(route, name) for name in PARAMETERS}
            yield APIRoute(**parameters | {"include_in_schema": False})


def _can_be_copied(route: RouteContext) -> bool:
    """Return whether the parameters of a route say all about it."""
    if type(route.original_route) is not APIRoute or route.stream_item_type:
        return False
    body = route.body_field
    return body is None or not isinstance(body.field_info, Form)
