"""Folders that are there as long as a process uses them, also where all of these are killed."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "service-metrics-"


def make(parent: Path) -> Path:
    """Make a folder, and remove those that no process holds any more."""
    for folder in parent.glob(f"{PREFIX}*"):
        _remove_unused(folder)
    # Another service that starts now must not find it by its name before it is held.
    folder = Path(tempfile.mkdtemp(prefix=f"new-{PREFIX}", dir=parent))
    hold(folder)
    return folder.rename(parent / folder.name.removeprefix("new-"))


def hold(folder: Path) -> None:
    """Keep a folder as long as this process runs; then the system gives it up, however it ends."""
    fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_SH)


def _remove_unused(folder: Path) -> None:
    try:
        held = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        # Not ours, or another service has just removed it.
        return
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        # Somebody uses it.
        pass
    finally:
        os.close(held)
