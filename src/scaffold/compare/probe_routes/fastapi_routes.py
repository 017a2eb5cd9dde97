"""The routes that a comparison adds to the FastAPI service: app/probe_routes.py of its copy."""

import os
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, FastAPI
from httpx2 import AsyncClient, Limits, Timeout

from app.order import Order
from app.settings import Settings

router = APIRouter(prefix="/measured")
slow_service = AsyncClient(
    base_url=os.environ["SLOW_SERVICE_URL"],
    # As a service calls others that was made with `--outbound`.
    limits=Limits(max_connections=64, max_keepalive_connections=64),
    timeout=Timeout(5, connect=2, pool=2),
    trust_env=False,
)


@router.post("/orders")
async def take_order(order: Order) -> dict[str, Any]:
    """Validate an order, and say what it costs."""
    return {"number": order.number, "total": str(order.total)}


@router.get("/outbound")
async def ask_slow_service() -> Any:
    """Pass on what a service says that takes 100 ms."""
    response = await slow_service.get("/")
    return response.json()


@router.get("/cpu")
def compute() -> dict[str, int]:
    """Keep the CPU busy for a millisecond or two."""
    return {"sum": sum(n * n % 7 for n in range(15_000))}


def with_probe_routes(
    create_app: Callable[[Settings | None], FastAPI],
) -> Callable[[Settings | None], FastAPI]:
    """What creates the service's application, with these routes in it."""

    def create(settings: Settings | None = None) -> FastAPI:
        app = create_app(settings)
        app.include_router(router)
        return app

    return create
