"""Which versions of a template there are, in the order of PEP 440, which is Copier's too."""

import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.version import Version

_DESCRIBED = re.compile(r"(?P<tag>.+)-(?P<commits>\d+)-g[0-9a-f]{4,40}")
_COMMIT = re.compile(r"[0-9a-f]{4,64}")
_DIGITS = 7  # of a commit, as git shows it


def version(tag: str) -> "Version | None":
    """The version that a tag is; other tags are none."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(tag)
    except InvalidVersion:
        return None


def is_release(tag: str) -> bool:
    """Whether a tag is a version such as v1.2.0 or 1.2, and no pre-release."""
    found = version(tag)
    return found is not None and not found.is_prerelease


def newest(tags: Iterable[str], *, previews: bool = False) -> str | None:
    """The tag with the highest version; pre-releases count if asked for, other tags never."""
    found = {tag: known for tag in sorted(tags) if (known := version(tag))}
    wanted = (tag for tag in found if previews or not found[tag].is_prerelease)
    return max(wanted, key=found.__getitem__, default=None)


def update_target(recorded: str, tags: Collection[str], head: str | None) -> str | None:
    """Where a project goes: to the newest release, or to the head if it is past that already.

    None if it is newer than all of these.
    """
    tag = _tag(recorded, tags)
    release = newest(tags)
    here = version(tag) if tag else None
    there = version(release) if release else None
    if there and (here is None or here < there):
        return release
    if there and here == there and recorded == tag:
        return recorded
    if here and here != there and tag not in tags:
        return None
    return head


def described_tag(described: str) -> str | None:
    """The tag that `git describe` counted from: v1.2.0 for v1.2.0-3-g0123abc."""
    match = _DESCRIBED.fullmatch(described)
    return match["tag"] if match else None


def short(commit: str, recorded: str = "") -> str:
    """The first digits of a commit: as many as a recorded version shows, where it shows some."""
    shown = recorded.rpartition("-g")[2]
    return commit[: len(shown) if _COMMIT.fullmatch(shown) else _DIGITS]


def _tag(recorded: str, tags: Collection[str]) -> str | None:
    """The tag that a recorded version is, or counts from; a bare commit had none before it."""
    if recorded in tags:
        return recorded
    return described_tag(recorded) or (None if _COMMIT.fullmatch(recorded) else recorded)
