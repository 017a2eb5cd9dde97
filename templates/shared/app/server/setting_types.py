"""The types of settings that are text: what each word of theirs has to be."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode


def split_words(setting: str) -> list[str]:
    """Return the words of a setting, which commas or spaces separate."""
    return setting.replace(",", " ").split()


def _words(pattern: str, needed: str, *, several: bool = True) -> AfterValidator:
    def check(setting: str) -> str:
        for word in split_words(setting) if several else [setting]:
            if not re.fullmatch(pattern, word, re.ASCII | re.IGNORECASE):
                raise ValueError(f"{word} is not {needed}")
        return setting

    return AfterValidator(check)


def _split_limits(setting: object) -> object:
    if not isinstance(setting, str):
        return setting
    limits = {}
    for word in split_words(setting):
        limit = re.fullmatch(r"(/.*?)/?=([1-9]\d*)", word, re.ASCII)
        if limit is None:
            raise ValueError(f"{word} is not a path and bytes, such as /api/v1/uploads=52428800")
        limits[limit[1]] = int(limit[2])
    return limits


# Browsers leave the usual port out, so an origin that has it would never match.
ORIGIN = r"(?!http://.*:80$|https://.*:443$)[a-z][a-z\d+.-]*://([\w.-]+|\[[\da-f:]+\])(:\d+)?|\*"
HOST = r"[\w*][\w.*-]*|\[[\da-f:]+\]"
TOKEN = r"[\w!#$%&'*+.^`|~-]+"
ROOT_PATH = r"(/(?!\.\.?(/|$))[\w.~-]+)*"

Origins = Annotated[str, _words(ORIGIN, "an origin such as https://example.com, without a path")]
Hosts = Annotated[
    str, _words(HOST, "a name such as api.example.com, without scheme, port and path")
]
Methods = Annotated[str, _words(TOKEN, "a method such as GET")]
BodyLimits = Annotated[dict[str, int], NoDecode, BeforeValidator(_split_limits)]
HeaderNames = Annotated[str, _words(TOKEN, "the name of a header")]
RootPath = Annotated[
    str, _words(ROOT_PATH, "a path such as /shop, without a slash at its end", several=False)
]
