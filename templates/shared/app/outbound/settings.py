"""The setting of calls to other services, and the type of their addresses."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

URL = r"https?://([\w.-]+|\[[\da-f:]+\])(:\d{1,5})?(/[\w.~-]+)*"


def _check_url(url: str) -> str:
    # The message does not repeat it, because a key may be in it.
    if not re.fullmatch(URL, url, re.ASCII | re.IGNORECASE):
        raise ValueError(
            "an address such as https://api.example.com is needed, without key or query"
        )
    return url


ServiceUrl = Annotated[str, AfterValidator(_check_url)]


class OutboundSettings(BaseModel):
    """How long a call may take, with all its attempts."""

    outbound_timeout_seconds: float = Field(default=5, gt=0, allow_inf_nan=False)
