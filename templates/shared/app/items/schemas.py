"""The bodies and queries of requests for items, and the responses."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from app.items.cursor import decode_cursor

# Not every database can store a NUL character.
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
Name = Annotated[Text, Field(min_length=1, max_length=100)]
Description = Annotated[Text, Field(max_length=1000)]
Category = Annotated[Text, Field(min_length=1, max_length=50)]
Price = Annotated[
    Decimal,
    Field(ge=0, max_digits=10, decimal_places=2),
    # Two decimal places, and zero without a sign.
    AfterValidator(lambda price: abs(price.quantize(Decimal("0.01")))),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 99999999.99, "multipleOf": 0.01},
                {"type": "string", "pattern": r"^[0-9]{1,8}(\.[0-9]{1,2})?$"},
            ]
        },
        mode="validation",
    ),
]
Cursor = Annotated[int, BeforeValidator(decode_cursor), WithJsonSchema({"type": "string"})]


class ItemCreate(BaseModel):
    """A new item."""

    name: Name
    description: Description | None = None
    category: Category | None = None
    price: Price


class ItemUpdate(BaseModel):
    """The members of an item to change; the others stay."""

    # The defaults are never used: a member may be left out, but must not be null.
    name: Name = Field(default_factory=str)
    description: Description | None = None
    category: Category | None = None
    price: Price = Field(default_factory=Decimal)


class ItemRead(BaseModel):
    """An item as a client sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    description: str | None
    category: str | None
    price: Price
    created_at: datetime
    updated_at: datetime


class ItemQuery(BaseModel):
    """Which items to list, newest first."""

    keyword: Annotated[Text, Field(max_length=100)] | None = None
    category: Category | None = None
    min_price: Price | None = None
    max_price: Price | None = None
    limit: int = Field(default=20, ge=1, le=100)
    cursor: Cursor | None = None


class ItemPage(BaseModel):
    """One page of items, and the cursor of the next page."""

    items: list[ItemRead]
    next_cursor: str | None
