"""A lock of the workers that have a model: it tells a worker without one whether others have."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

# The environment variable that names the file of the lock; unset where there is one worker.
VARIABLE = "MODEL_LOCK_FILE"
SHARED_MEMORY = Path("/dev/shm")


class ModelLock:
    """A shared lock of a file; the system releases it when its worker ends."""

    def __init__(self) -> None:
        path = os.environ.get(VARIABLE)
        # Open as long as the worker lives.
        self._file = os.open(path, os.O_RDONLY) if path else None

    def acquire(self) -> None:
        """Be one of the workers that have a model."""
        if self._file is not None and sys.platform != "win32":
            import fcntl

            fcntl.flock(self._file, fcntl.LOCK_SH)

    def is_held(self) -> bool:
        """Return whether another worker has a model."""
        if self._file is not None and sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            fcntl.flock(self._file, fcntl.LOCK_UN)
        return False


@contextmanager
def lock_file() -> Iterator[None]:
    """Make the file for the workers that are started meanwhile."""
    # A container may have no other folder that it can write to.
    folder = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    with NamedTemporaryFile(dir=folder) as file:
        os.environ[VARIABLE] = file.name
        yield
