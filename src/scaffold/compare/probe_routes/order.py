"""What the validation-heavy workload sends: rules on every level, as a shop would have them."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field

Text = Annotated[str, Field(min_length=1, max_length=100)]


class Address(BaseModel):
    """Where an order goes."""

    name: Text
    street: Text
    city: Text
    postcode: Annotated[str, Field(pattern=r"^[0-9A-Z -]{3,10}$")]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Line(BaseModel):
    """One article of an order."""

    sku: Annotated[str, Field(pattern=r"^[A-Z]{3}-[0-9]{4}$")]
    title: Text
    quantity: Annotated[int, Field(ge=1, le=999)]
    price: Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2)]
    tags: Annotated[list[Text], Field(max_length=5)]
    gift: bool = False


class Order(BaseModel):
    """An order of up to a hundred lines."""

    number: Annotated[int, Field(gt=0)]
    placed: date
    payment: Literal["card", "invoice", "transfer"]
    billing: Address
    delivery: Address
    lines: Annotated[list[Line], Field(min_length=1, max_length=100)]

    @property
    def total(self) -> Decimal:
        """The sum of the lines."""
        return sum((line.quantity * line.price for line in self.lines), Decimal())
