"""The queries on items."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, false, or_, select

from app.items.cursor import encode_cursor
from app.items.models import Item
from app.items.schemas import ItemPage, ItemQuery, ItemRead

NOT_FOUND = "There is no item with this id."


def is_valid_id(item_id: int) -> bool:
    """Return whether a database can hold this id; drivers raise an error for others."""
    return 0 <= item_id < 2**63


def has_id(item_id: int) -> ColumnElement[bool]:
    """Match the item with this id."""
    return Item.id == item_id if is_valid_id(item_id) else false()


def select_page(query: ItemQuery) -> Select[Item]:
    """Select a page of items, newest first, and one more that shows whether there is a next page."""
    statement = select(Item).order_by(Item.id.desc()).limit(query.limit + 1)
    if query.keyword:
        statement = statement.where(
            or_(
                Item.name.icontains(query.keyword, autoescape=True),
                Item.description.icontains(query.keyword, autoescape=True),
            )
        )
    if query.category is not None:
        # Some databases ignore trailing spaces when they compare. With a dot after them they do not.
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
    """Make the page from the rows that `select_page` found."""
    items = [ItemRead.model_validate(row) for row in rows[:limit]]
    next_cursor = encode_cursor(items[-1].id) if len(rows) > limit else None
    return ItemPage(items=items, next_cursor=next_cursor)
