"""The routes of items."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, HTTPException, Query, Request, Response
from sqlalchemy import CursorResult, delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import SessionDep
from app.items.models import Item
from app.items.queries import NOT_FOUND, has_id, is_valid_id, make_page, select_page
from app.items.schemas import ItemCreate, ItemPage, ItemQuery, ItemRead, ItemUpdate
from app.problem_responses import problem_responses

router = APIRouter(prefix="/api/v1/items", tags=["items"])


@router.post(
    "", status_code=201, operation_id="create_item", responses=problem_responses(413, 422, 503)
)
async def create_item(
    new: ItemCreate, session: SessionDep, request: Request, response: Response
) -> ItemRead:
    """Create an item."""
    item = Item(**new.model_dump())
    session.add(item)
    await session.commit()
    response.headers["Location"] = f"{request.scope['path']}/{item.id}"
    return ItemRead.model_validate(item)


@router.get("", operation_id="list_items", responses=problem_responses(422, 503))
async def list_items(query: Annotated[ItemQuery, Query()], session: SessionDep) -> ItemPage:
    """List items, newest first."""
    rows = await session.scalars(select_page(query))
    return make_page(rows.all(), query.limit)


@router.get("/{item_id}", operation_id="read_item", responses=problem_responses(404, 422, 503))
async def read_item(item_id: int, session: SessionDep) -> ItemRead:
    """Read an item."""
    return await _read(item_id, session)


@router.patch(
    "/{item_id}", operation_id="update_item", responses=problem_responses(404, 413, 422, 503)
)
async def update_item(item_id: int, changes: ItemUpdate, session: SessionDep) -> ItemRead:
    """Change the members of an item that are sent."""
    if values := changes.model_dump(exclude_unset=True):
        await session.execute(update(Item).where(has_id(item_id)).values(values))
    item = await _read(item_id, session)
    await session.commit()
    return item


@router.delete(
    "/{item_id}",
    status_code=204,
    response_class=Response,
    operation_id="delete_item",
    responses=problem_responses(404, 422, 503),
)
async def delete_item(item_id: int, session: SessionDep) -> None:
    """Delete an item."""
    result = await session.execute(delete(Item).where(has_id(item_id)))
    if cast(CursorResult[Any], result).rowcount == 0:
        raise HTTPException(404, NOT_FOUND)
    await session.commit()


async def _read(item_id: int, session: AsyncSession) -> ItemRead:
    item = await session.get(Item, item_id) if is_valid_id(item_id) else None
    if item is None:
        raise HTTPException(404, NOT_FOUND)
    return ItemRead.model_validate(item)
