"""The transaction: a project appears whole, in one rename, or not at all."""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from scaffold import locks
from scaffold.errors import ScaffoldError, UsageError


@dataclass(frozen=True)
class Target:
    """Where the project goes, and the nearest folder above it that exists."""

    path: Path
    base: Path


@dataclass(frozen=True)
class Stage:
    """A hidden folder beside the target that holds the project until it is published."""

    target: Target
    root: Path

    @property
    def project(self) -> Path:
        """The project, below all the folders that have to be made for it."""
        return self.root / self.target.path.relative_to(self.target.base)

    def publish(self) -> None:
        """Move the project, and every folder above it that is new, in one step."""
        first = self.target.path.relative_to(self.target.base).parts[0]
        destination = self.target.base / first
        try:
            if sys.platform == "win32" and destination.exists():
                destination.rmdir()  # only there a rename does not replace an empty folder
            os.rename(self.root / first, destination)
        except OSError as error:
            raise ScaffoldError(
                f"cannot move the project to {self.target.path}: {error.strerror}",
                "was something put there meanwhile?",
            ) from error


def check_destination(dest: str) -> Target:
    """Raise an error where no project can be created."""
    try:
        path = Path(dest).resolve() if dest else None
        if path is None:
            raise UsageError("DEST is empty", "name the folder to create")
        if "\n" in str(path):
            raise UsageError(
                f"the path {path} has a line break, and git cannot update a project there",
                "choose another folder",
            )
        if path.is_dir():
            if any(path.iterdir()):
                raise UsageError(f"{path} is not empty", "choose an empty folder, or a new one")
        elif path.exists():
            raise UsageError(f"{path} is a file", "choose a folder that does not exist")
        base = path.parent
        while not base.exists():
            base = base.parent
        if not base.is_dir():
            raise UsageError(f"{base} is a file, so nothing can be created below it")
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot create {dest}: {reason}") from error
    return Target(path, base)


@contextmanager
def staging_folder(target: Target) -> Iterator[Stage]:
    """A stage for the target, removed again however the block ends."""
    prefix = f".scaffold-{hashlib.sha256(os.fsencode(target.path)).hexdigest()[:12]}-"
    try:
        _remove_leftovers(target.base, prefix)
        root = Path(tempfile.mkdtemp(prefix=prefix, dir=target.base))
    except OSError as error:
        raise ScaffoldError(f"cannot write to {target.base}: {error.strerror}") from error
    try:
        with locks.locked(_lock_of(root)):
            stage = Stage(target, root)
            try:
                stage.project.mkdir(parents=True)
            except OSError as error:
                raise UsageError(f"cannot create {target.path}: {error.strerror}") from error
            yield stage
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _remove_leftovers(base: Path, prefix: str) -> None:
    """Remove what a killed run left for the same target: its lock is free."""
    for leftover in base.glob(f"{prefix}*"):
        with suppress(ScaffoldError), locks.locked(_lock_of(leftover), wait=False) as alone:
            if alone:
                shutil.rmtree(leftover, ignore_errors=True)


def _lock_of(root: Path) -> Path:
    """The file that is held while a stage is used: in it, under a name that no target has."""
    return root / root.name
