"""Which versions of a template there are, in order."""

import re
from collections.abc import Iterable

_RELEASE = re.compile(r"v?(\d+(?:\.\d+)*)")
_DESCRIBED = re.compile(r"(?P<tag>.+)-(?P<commits>\d+)-g[0-9a-f]{4,40}")


def newest(tags: Iterable[str]) -> str | None:
    """The tag with the highest version; pre-releases and other tags do not count."""
    return max((tag for tag in tags if is_release(tag)), key=order, default=None)


def is_release(tag: str) -> bool:
    """Whether a tag is a version such as v1.2.0 or 1.2."""
    return _RELEASE.fullmatch(tag) is not None


def order(tag: str) -> tuple[int, ...]:
    """The numbers of a release, to compare releases by; 1.2 and 1.2.0 are the same."""
    numbers = [int(number) for number in tag.removeprefix("v").split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def base(described: str) -> str | None:
    """The tag that `git describe` counted from: v1.2.0 for v1.2.0-3-g0123abc."""
    match = _DESCRIBED.fullmatch(described)
    return match["tag"] if match else None
