"""The form of `model.json`, which describes the model beside it."""

from math import ceil, floor
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")]


class Feature(BaseModel):
    """A column that the model reads, and the values that it allows."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    type: Literal["number", "integer", "boolean", "string"]
    minimum: float | None = None
    maximum: float | None = None
    choices: list[str] | None = Field(default=None, min_length=1)

    @property
    def example(self) -> float | str | bool:
        """An allowed value."""
        if self.type == "string":
            return self.choices[0] if self.choices else ""
        if self.type == "boolean":
            return False
        if self.minimum is not None:
            return ceil(self.minimum) if self.type == "integer" else self.minimum
        return min(0, floor(self.maximum or 0))

    @model_validator(mode="after")
    def _check_limits(self) -> "Feature":
        if self.type not in ("number", "integer") and {self.minimum, self.maximum} != {None}:
            raise ValueError("only numbers and integers have a minimum or a maximum")
        if self.type != "string" and self.choices:
            raise ValueError("only strings have choices")
        return self


class Metadata(BaseModel):
    """The description of a model; `train.py` writes it."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    version: Name
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    features: list[Feature] = Field(min_length=1)
    classes: list[str] = Field(min_length=1)
    metrics: dict[str, float] = {}
