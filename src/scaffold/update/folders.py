"""The folders that a command is given."""

import os
from collections.abc import Iterable
from pathlib import Path


def distinct_folders(paths: Iterable[Path]) -> list[Path]:
    """Each folder once, as it was named first: links and `./` make no other of it."""
    found: dict[str, Path] = {}
    for path in paths:
        found.setdefault(os.path.realpath(path), path)
    return list(found.values())
