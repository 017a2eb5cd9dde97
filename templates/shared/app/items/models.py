"""The items table."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Integer, Numeric, String
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from app.models import Base, UtcDateTime, utc_now


def _created_at(context: DefaultExecutionContext) -> datetime:
    """A new row was last changed when it was created, to the microsecond."""
    created_at: datetime = (context.current_parameters or {})["created_at"]
    return created_at


class Item(Base):
    """A thing with a price."""

    __tablename__ = "items"

    # SQLite numbers rows by itself only where the key is an INTEGER.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str | None] = mapped_column(String(1000))
    category: Mapped[str | None] = mapped_column(String(50), index=True)
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=_created_at, onupdate=utc_now)
