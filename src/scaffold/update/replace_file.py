"""Replace a file in one step, unless another program wrote it meanwhile.

Editors save at any moment, between a look at a file and its replacement as well. So the file is moved aside first, and
looked at there: an unexpected version is put back.
"""

import os
import shutil
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path


class ChangedMeanwhile(Exception):
    """A file is none of the versions that it may be."""


def replace_file(target: Path, source: Path, known: Collection[Path]) -> None:
    """Make a file what another is, or remove it with an absent one; before, it has to be one of the known versions."""
    restore_moved(target, known)
    part, moved = _new_path(target), _old_path(target)
    if file_exists(source):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, part, follow_symlinks=False)
    try:
        if file_exists(target):
            target.rename(moved)
        if not matches_any(moved, known):
            raise ChangedMeanwhile
        if file_exists(source):
            _add(part, target)
            if not matches_any(moved, known):  # written by a program that had opened it before
                if same_file(target, source):
                    target.unlink()
                raise ChangedMeanwhile
        moved.unlink(missing_ok=True)
    except ChangedMeanwhile:
        restore_moved(target, known)
        raise
    finally:
        part.unlink(missing_ok=True)


def restore_moved(target: Path, known: Collection[Path]) -> None:
    """Put back what was moved aside, as after a run that was killed."""
    moved = _old_path(target)
    with suppress(NotADirectoryError):  # a file becomes a folder
        _new_path(target).unlink(missing_ok=True)
        if not file_exists(target) and file_exists(moved):
            moved.rename(target)
        elif matches_any(moved, known):
            moved.unlink(missing_ok=True)


def file_exists(path: Path) -> bool:
    """Whether there is a file or a link; a folder is none."""
    return path.is_symlink() or path.is_file()


def matches_any(path: Path, versions: Collection[Path]) -> bool:
    """Whether a file is one of these versions; one that is absent is a version, too."""
    return any(same_file(path, version) for version in versions)


def same_file(one: Path, other: Path) -> bool:
    """Whether both are the same file, or both absent."""
    if not file_exists(one) or not file_exists(other):
        return file_exists(one) == file_exists(other)
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


def _new_path(target: Path) -> Path:
    """Where a file is written before it is put in place."""
    return target.with_name(f".{target.name}.scaffold-new")


def _old_path(target: Path) -> Path:
    """Where the file is looked at that was there."""
    return target.with_name(f".{target.name}.scaffold-old")
