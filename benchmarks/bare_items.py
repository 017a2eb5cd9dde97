"""The item of both bare services: its table and what a client sends and receives."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import BigInteger, DateTime, Numeric, Select, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def now() -> datetime:
    return datetime.now(UTC)


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str | None] = mapped_column(String(1000))
    category: Mapped[str | None] = mapped_column(String(50))
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now, onupdate=now)


class ItemCreate(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    description: Annotated[str, Field(max_length=1000)] | None = None
    category: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    price: Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2)]


class ItemRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    description: str | None
    category: str | None
    price: Decimal
    created_at: datetime
    updated_at: datetime


def newest_items(before: int | None) -> Select[tuple[Item]]:
    """A page of twenty items, and one more, which says that there is another page."""
    statement = select(Item).order_by(Item.id.desc()).limit(21)
    return statement if before is None else statement.where(Item.id < before)
