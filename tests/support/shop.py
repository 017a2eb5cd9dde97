"""A shop: a generated Flask service that has grown, and the same routes as FastAPI has them."""

from pathlib import Path

GROWN = {
    "app/orders/__init__.py": '"""Orders."""\n',
    "app/orders/models.py": '''"""The table of orders."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models import Base


class Order(Base):
    """Somebody wants something."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer: Mapped[str] = mapped_column(String(100))
''',
    "app/orders/errors.py": '''"""What goes wrong with orders."""


class SoldOut(Exception):
    """There is nothing left."""
''',
    "app/orders/routes.py": '''"""The routes of orders."""

import time
from collections.abc import Iterator

from flask import Blueprint, Response, jsonify, request, stream_with_context
from sqlalchemy import select

from app.auth.current_user import current_user, require_user
from app.database import db
from app.items.models import Item
from app.orders.errors import SoldOut

from .models import Order

blueprint = Blueprint("orders", __name__, url_prefix="/api/v1/orders")


@blueprint.before_request
def check_user() -> None:
    """Let only users in."""
    if request.path != "/api/v1/orders/echo":
        require_user()


@blueprint.get("")
def list_orders() -> Response:
    """List all orders."""
    rows = db.session.scalars(select(Order).order_by(Order.id))
    return jsonify(
        orders=[{"id": row.id, "customer": row.customer} for row in rows],
        items=len(list(db.session.scalars(select(Item)))),
        user=current_user().email,
    )


@blueprint.post("")
def create_order() -> tuple[Response, int]:
    """Create an order."""
    order = Order(customer=request.get_json()["customer"])
    db.session.add(order)
    db.session.commit()
    return jsonify(id=order.id, customer=order.customer), 201


@blueprint.get("/<int:order_id>")
def read_order(order_id: int) -> Response:
    """Read an order."""
    order = db.get_or_404(Order, order_id)
    return jsonify(id=order.id, customer=order.customer)


@blueprint.delete("/<int:order_id>")
def delete_order(order_id: int) -> Response:
    """Nothing can be sold twice."""
    raise SoldOut


@blueprint.post("/echo")
def echo() -> Response:
    """Answer with the body, and two cookies."""
    response = Response(request.get_data(), content_type="application/octet-stream")
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


@blueprint.get("/stream")
def stream() -> Response:
    """Stream three lines."""

    def lines() -> Iterator[str]:
        for number in range(3):
            yield f"line {number}\\n"

    return Response(stream_with_context(lines()), content_type="text/plain; charset=utf-8")


@blueprint.get("/slow")
def slow() -> Response:
    """Take a while."""
    time.sleep(float(request.args["seconds"]))
    return jsonify(slept=True)


@blueprint.get("/broken")
def broken() -> Response:
    """Fail."""
    raise RuntimeError("broken")
''',
    "app/orders/feature.py": '''"""Adds orders to the application."""

from flask import Flask, Response

from app.error_handlers import problem_response
from app.orders.errors import SoldOut
from app.orders.routes import blueprint
from app.settings import Settings


def init_app(app: Flask, _settings: Settings) -> None:
    """Add the routes, and the answer to what is sold out."""
    app.register_blueprint(blueprint)
    app.register_error_handler(SoldOut, handle_sold_out)


def handle_sold_out(_error: SoldOut) -> Response:
    """Answer 410."""
    return problem_response("/api/v1/orders", 410, "It is sold out.")
''',
    "migrations/versions/0003_orders.py": '''"""Orders

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("orders")
''',
    "tests/test_orders.py": '''"""Orders."""

from httpx2 import Auth, Client

from app.orders.routes import blueprint


def test_an_order_is_created_and_listed(client: Client) -> None:
    created = client.post("/api/v1/orders", json={"customer": "Ann"})
    assert created.status_code == 201
    listed = client.get("/api/v1/orders").json()
    assert [order["customer"] for order in listed["orders"]] == ["Ann"]


def test_orders_are_gone(client: Client) -> None:
    gone = client.delete("/api/v1/orders/1")
    assert gone.status_code == 410
    assert gone.headers["Content-Type"] == "application/problem+json"
    assert gone.headers["X-Request-ID"] == gone.json()["request_id"]


def test_nobody_else_sees_orders(client: Client) -> None:
    client.auth = Auth()
    assert client.get("/api/v1/orders").status_code == 401
    assert blueprint.name == "orders"
''',
}
# What a migration to FastAPI leaves to the user: the routes of the shop.
MOVED = {
    "app/orders/routes.py": '''"""The routes of orders."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy import select

from app.auth.current_user import CurrentUser, require_user
from app.database import SessionDep
from app.items.models import Item
from app.orders.models import Order

router = APIRouter(prefix="/api/v1/orders", dependencies=[Depends(require_user)])
public = APIRouter(prefix="/api/v1/orders")


class NewOrder(BaseModel):
    """What somebody wants."""

    customer: str


@router.get("")
async def list_orders(session: SessionDep, user: CurrentUser) -> dict[str, object]:
    """List all orders."""
    rows = (await session.scalars(select(Order).order_by(Order.id))).all()
    items = (await session.scalars(select(Item))).all()
    orders = [{"id": row.id, "customer": row.customer} for row in rows]
    return {"orders": orders, "items": len(items), "user": user.email}


@router.post("", status_code=201)
async def create_order(new: NewOrder, session: SessionDep) -> dict[str, object]:
    """Create an order."""
    order = Order(customer=new.customer)
    session.add(order)
    await session.commit()
    return {"id": order.id, "customer": order.customer}


@router.get("/stream")
async def stream() -> StreamingResponse:
    """Stream three lines."""

    async def lines() -> AsyncIterator[str]:
        for number in range(3):
            yield f"line {number}\\n"

    return StreamingResponse(lines(), media_type="text/plain")


@router.get("/slow")
async def slow(seconds: float) -> dict[str, bool]:
    """Take a while."""
    await asyncio.sleep(seconds)
    return {"slept": True}


@router.get("/broken")
async def broken() -> None:
    """Fail."""
    raise RuntimeError("broken")


@router.get("/{order_id}")
async def read_order(order_id: int, session: SessionDep) -> dict[str, object]:
    """Read an order."""
    order = await session.get(Order, order_id)
    if order is None:
        raise HTTPException(404)
    return {"id": order.id, "customer": order.customer}


@router.delete("/{order_id}")
async def delete_order(order_id: int) -> None:
    """Nothing can be sold twice."""
    raise HTTPException(410, "It is sold out.")


@public.post("/echo")
async def echo(request: Request) -> Response:
    """Answer with the body, and two cookies."""
    response = Response(await request.body(), media_type="application/octet-stream")
    response.set_cookie("one", "1", samesite=None)
    response.set_cookie("two", "2", samesite=None)
    return response
''',
    "app/orders/feature.py": '''"""Adds orders to the application."""

from fastapi import FastAPI

from app.orders.routes import public, router
from app.settings import Settings


def init_app(app: FastAPI, _settings: Settings) -> None:
    """Add the routes."""
    app.include_router(public)
    app.include_router(router)
''',
    "tests/test_orders.py": '''"""Orders."""

from httpx2 import Client


def test_an_order_is_created_and_listed(client: Client) -> None:
    assert client.post("/api/v1/orders", json={"customer": "Ann"}).status_code == 201
    listed = client.get("/api/v1/orders").json()
    assert [order["customer"] for order in listed["orders"]] == ["Ann"]
''',
}


def grow(project: Path) -> None:
    """Give a project of Flask routes, a table, an error handler and tests of its own."""
    _write(project, GROWN)
    _edit(
        project / "app/main.py",
        (
            "    # Last, because it desc",
            "    orders.init_app(app, settings)\n    # Last, because it desc",
        ),
    )
    _import_orders(project)


def move(project: Path) -> None:
    """Write the routes of the shop for FastAPI, as its MIGRATION.md says."""
    _write(project, MOVED)
    _edit(
        project / "app/main.py",
        (
            "    # Last, because routes",
            "    orders.init_app(app, settings)\n    # Last, because routes",
        ),
    )
    _import_orders(project)


def _import_orders(project: Path) -> None:
    before = "from app.settings import"
    _edit(project / "app/main.py", (before, f"from app.orders import feature as orders\n{before}"))


def _write(project: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        file = project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def _edit(file: Path, *changes: tuple[str, str]) -> None:
    text = file.read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    file.write_text(text)
