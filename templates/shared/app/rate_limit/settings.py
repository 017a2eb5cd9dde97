"""The setting of the rate limit."""

from typing import Annotated

from limits import parse
from pydantic import AfterValidator, BaseModel


def _check_rate(rate: str) -> str:
    try:
        parse(rate)
    except ValueError:
        raise ValueError("a number of requests and a time are needed, as in 600/minute") from None
    return rate


class RateLimitSettings(BaseModel):
    """How many requests a caller may send in which time."""

    rate_limit: Annotated[str, AfterValidator(_check_rate)] = "600/minute"
