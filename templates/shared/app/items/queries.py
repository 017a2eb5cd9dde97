"""Queries on items."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, false, or_, select

from app.items.cursor import encode_cursor
from app.items.models import Item
from app.items.schemas import ItemPage, ItemQuery, ItemRead


def can_exist(item_id: int) -> bool:
    """Tell whether an item can have this id; drivers refuse to be asked for a larger one."""
    return 0 <= item_id < 2**63


def has_id(item_id: int) -> ColumnElement[bool]:
    """Match the item with this id."""
    return Item.id == item_id if can_exist(item_id) else false()


def select_page(query: ItemQuery) -> Select[Item]:
    """Select the items that match, newest first, and one more to tell whether there are others."""
    statement = select(Item).order_by(Item.id.desc()).limit(query.limit + 1)
    if query.keyword:
        statement = statement.where(
            or_(
                Item.name.icontains(query.keyword, autoescape=True),
                Item.description.icontains(query.keyword, autoescape=True),
            )
        )
    if query.category is not None:
        # Some databases see no difference in trailing spaces; with a dot behind, these do not trail.
        statement = statement.where(
            Item.category == query.category, Item.category + "." == query.category + "."
        )
    if query.min_price is not None:
        statement = statement.where(Item.price >= query.min_price)
    if query.max_price is not None:
        statement = statement.where(Item.price <= query.max_price)
    if query.cursor is not None:
        statement = statement.where(Item.id < query.cursor)
    return statement


def make_page(rows: Sequence[Item], limit: int) -> ItemPage:
    """Make the page out of the rows that `select_page` found."""
    items = [ItemRead.model_validate(row) for row in rows[:limit]]
    return ItemPage(
        items=items,
        next_cursor=encode_cursor(items[-1].id) if len(rows) > limit else None,
    )
