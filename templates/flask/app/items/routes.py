"""The routes of items."""

from typing import Any, cast

from flask import Blueprint, url_for
from sqlalchemy import CursorResult, delete, update
from werkzeug.exceptions import NotFound

from app.database import db
from app.items.models import Item
from app.items.queries import NOT_FOUND, has_id, is_valid_id, make_page, select_page
from app.items.schemas import ItemCreate, ItemPage, ItemQuery, ItemRead, ItemUpdate
from app.openapi import operation
from app.problem_responses import problem_responses
from app.validation import validated

blueprint = Blueprint("items", __name__, url_prefix="/api/v1/items")


@blueprint.post("")
@operation(201, problem_responses(413, 422, 503))
@validated
def create_item(body: ItemCreate) -> tuple[ItemRead, dict[str, str]]:
    """Create an item."""
    item = Item(**body.model_dump())
    db.session.add(item)
    db.session.commit()
    return ItemRead.model_validate(item), {"Location": url_for(".read_item", item_id=item.id)}


@blueprint.get("")
@operation(responses=problem_responses(422, 503))
@validated
def list_items(query: ItemQuery) -> ItemPage:
    """List items, newest first."""
    rows = db.session.scalars(select_page(query)).all()
    return make_page(rows, query.limit)


@blueprint.get("/<item_id>")
@operation(responses=problem_responses(404, 422, 503))
@validated
def read_item(item_id: int) -> ItemRead:
    """Read an item."""
    return _read(item_id)


@blueprint.patch("/<item_id>")
@operation(responses=problem_responses(404, 413, 422, 503))
@validated
def update_item(item_id: int, body: ItemUpdate) -> ItemRead:
    """Change the members of an item that are sent."""
    if values := body.model_dump(exclude_unset=True):
        db.session.execute(update(Item).where(has_id(item_id)).values(values))
    item = _read(item_id)
    db.session.commit()
    return item


@blueprint.delete("/<item_id>")
@operation(204, problem_responses(404, 422, 503))
@validated
def delete_item(item_id: int) -> None:
    """Delete an item."""
    result = db.session.execute(delete(Item).where(has_id(item_id)))
    if cast(CursorResult[Any], result).rowcount == 0:
        raise NotFound(NOT_FOUND)
    db.session.commit()


def _read(item_id: int) -> ItemRead:
    item = db.session.get(Item, item_id) if is_valid_id(item_id) else None
    if item is None:
        raise NotFound(NOT_FOUND)
    return ItemRead.model_validate(item)
