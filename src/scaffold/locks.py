"""One run at a time: locks that end with the processes that hold them, however these end."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scaffold.errors import ScaffoldError, system_error

# The answers of a file system that has no locks: of some that are mounted from elsewhere.
_NO_LOCKS = frozenset({errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK})


@contextmanager
def locked(file: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold a file, with the processes that inherit it; false if others do, or nothing can be locked here."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise system_error(error) from error
    try:
        os.set_inheritable(descriptor, True)
        yield _lock(descriptor, file, wait=wait)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, file: Path, *, wait: bool) -> bool:
    from filelock import lock_descriptor

    try:
        return lock_descriptor(descriptor, blocking=wait)
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return False
        raise ScaffoldError(f"cannot lock {file}: {error.strerror}") from error
