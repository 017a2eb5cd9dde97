"""A file in place of another, in one step, unless somebody else wrote it meanwhile.

Editors save at any moment, between a look at a file and its replacement as well. So the file is moved aside first, and
looked at there: what nobody expected is put back.
"""

import os
import shutil
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path


class ChangedMeanwhile(Exception):
    """A file is none of the versions that it may be."""


def replace(target: Path, source: Path, known: Collection[Path]) -> None:
    """Make a file what another is, or remove it with an absent one; before, it has to be one of the known versions."""
    settle(target, known)
    part, moved = _part(target), _moved(target)
    if is_there(source):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, part, follow_symlinks=False)
    try:
        if is_there(target):
            target.rename(moved)
        if not is_one_of(moved, known):
            raise ChangedMeanwhile
        if is_there(source):
            _add(part, target)
            if not is_one_of(moved, known):  # written by who had opened it before
                if same(target, source):
                    target.unlink()
                raise ChangedMeanwhile
        moved.unlink(missing_ok=True)
    except ChangedMeanwhile:
        settle(target, known)
        raise
    finally:
        part.unlink(missing_ok=True)


def settle(target: Path, known: Collection[Path]) -> None:
    """Put back what was moved aside, as after a run that was killed."""
    moved = _moved(target)
    with suppress(NotADirectoryError):  # a file becomes a folder
        _part(target).unlink(missing_ok=True)
        if not is_there(target) and is_there(moved):
            moved.rename(target)
        elif is_one_of(moved, known):
            moved.unlink(missing_ok=True)


def is_there(path: Path) -> bool:
    """Whether there is a file or a link; a folder is none."""
    return path.is_symlink() or path.is_file()


def is_one_of(path: Path, versions: Collection[Path]) -> bool:
    """Whether a file is one of these versions; one that is absent is a version, too."""
    return any(same(path, version) for version in versions)


def same(one: Path, other: Path) -> bool:
    """Whether both are the same file, or both absent."""
    if not is_there(one) or not is_there(other):
        return is_there(one) == is_there(other)
    if one.is_symlink() or other.is_symlink():
        return one.is_symlink() and other.is_symlink() and one.readlink() == other.readlink()
    if (one.stat().st_mode ^ other.stat().st_mode) & 0o100:
        return False
    return one.read_bytes() == other.read_bytes()


def _add(part: Path, target: Path) -> None:
    """Put a file where there is none."""
    try:
        if part.is_symlink():
            target.symlink_to(part.readlink())
        else:
            os.link(part, target)
    except FileExistsError as error:
        raise ChangedMeanwhile from error
    except OSError:  # a file system without hard links
        if target.exists():
            raise ChangedMeanwhile from None
        part.rename(target)


def _part(target: Path) -> Path:
    """Where a file is written before it is put in place."""
    return target.with_name(f".{target.name}.scaffold-new")


def _moved(target: Path) -> Path:
    """Where the file is looked at that was there."""
    return target.with_name(f".{target.name}.scaffold-old")
