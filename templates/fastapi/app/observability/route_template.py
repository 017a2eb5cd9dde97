"""The route of a request, as the API document names it."""

from fastapi.routing import iter_route_contexts
from starlette.types import Scope

from app.server.proxies import local_path


def find_route(scope: Scope, status: int) -> str | None:
    """Return the path of the route that a request was for, such as /items/{item_id}."""
    # Of a route in a router that was included with a prefix, the whole path.
    found = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    if found is None and (status == 429 or "endpoint" in scope):
        found = _look_for(scope)
    if found is None or scope["method"] not in found.methods:
        return None
    path: str = found.path_format
    return path


def _look_for(scope: Scope) -> object:
    """Find the route of a request that was stopped before it, or that is not one of FastAPI's."""
    path = local_path(scope)
    return next(
        (
            route
            for route in iter_route_contexts(scope["app"].routes)
            if scope["method"] in (route.methods or ()) and route.path_regex.match(path)
        ),
        None,
    )
