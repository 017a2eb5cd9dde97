"""The routes that a comparison adds to the Flask service: app/probe_routes.py of its copy."""

import os
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, request
from httpx2 import Client, Limits, Timeout

from app.order import Order
from app.settings import Settings

blueprint = Blueprint("measured", __name__, url_prefix="/measured")
slow_service = Client(
    base_url=os.environ["SLOW_SERVICE_URL"],
    # As a service calls others that was made with `--outbound`.
    limits=Limits(max_connections=64, max_keepalive_connections=64),
    timeout=Timeout(5, connect=2, pool=2),
    trust_env=False,
)


@blueprint.post("/orders")
def take_order() -> dict[str, Any]:
    """Validate an order, and say what it costs."""
    order = Order.model_validate(request.get_json())
    return {"number": order.number, "total": str(order.total)}


@blueprint.get("/outbound")
def ask_slow_service() -> Any:
    """Pass on what a service says that takes 100 ms."""
    return slow_service.get("/").json()


@blueprint.get("/cpu")
def compute() -> dict[str, int]:
    """Keep the CPU busy for a millisecond or two."""
    return {"sum": sum(n * n % 7 for n in range(15_000))}


def with_probe_routes(
    create_app: Callable[[Settings | None], Flask],
) -> Callable[[Settings | None], Flask]:
    """What creates the service's application, with these routes in it."""

    def create(settings: Settings | None = None) -> Flask:
        app = create_app(settings)
        app.register_blueprint(blueprint)
        return app

    return create
