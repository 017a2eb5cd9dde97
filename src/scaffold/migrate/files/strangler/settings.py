"""Which routes the old application answers again, and how many threads it has."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from app.server.setting_types import split_words

ALL_ROUTES = "*"


def _check_routes(setting: str) -> str:
    if setting == ALL_ROUTES:
        return setting
    for word in split_words(setting):
        if not re.fullmatch(r"[A-Z]+:/\S*", word):
            raise ValueError(f"{word} is not a method and a path, such as GET:/api/v1/items")
    return setting


class StranglerSettings(BaseModel):
    """The settings of the old application."""

    old_routes: Annotated[str, AfterValidator(_check_routes)] = ""
    old_threads: int = Field(default=8, ge=1)
