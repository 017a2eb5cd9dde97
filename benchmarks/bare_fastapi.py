"""A FastAPI service of three routes and a page, written by hand: what `serve.py` holds the generated one to."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from bare_items import Item, ItemCreate, ItemRead, newest_items
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=15, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()
templates = Jinja2Templates(Path(__file__).with_name("templates"))


async def open_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(open_session)]


@app.get("/livez")
async def livez() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/api/v1/items", status_code=201, response_model=ItemRead)
async def create_item(body: ItemCreate, session: Session, response: Response) -> Item:
    item = Item(**body.model_dump())
    session.add(item)
    await session.commit()
    response.headers["Location"] = f"/api/v1/items/{item.id}"
    return item


@app.get("/api/v1/items/{item_id}", response_model=ItemRead)
async def read_item(item_id: int, session: Session) -> Item:
    item = await session.get(Item, item_id)
    if item is None:
        raise HTTPException(404)
    return item


@app.get("/items", response_class=HTMLResponse)
async def show_items(request: Request, session: Session, before: int | None = None) -> Response:
    items = (await session.scalars(newest_items(before))).all()
    return templates.TemplateResponse(request, "items.html", {"title": "Items", "items": items})
