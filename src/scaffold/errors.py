"""Errors carry facts; the command line words them."""

import os
import shlex
from collections.abc import Iterable

# Interrupted, wrong usage, failed, conflicts, outdated.
_WORST_FIRST = (130, 2, 1, 3, 4)


class ScaffoldError(Exception):
    """Something that a person can read, with what to do about it."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ScaffoldError):
    """The command as given cannot be carried out."""

    exit_code = 2


class InvalidAnswer(UsageError):
    """An answer breaks a rule of the template."""

    def __init__(self, question: str, reason: str) -> None:
        super().__init__(reason)
        self.question = question


class Conflicts(ScaffoldError):
    """An update waits for its conflicts to be resolved."""

    exit_code = 3


class Interrupted(ScaffoldError):
    """The user stopped the run."""

    exit_code = 130


def system_error(error: OSError, place: object = "") -> ScaffoldError:
    """What the operating system did not allow, and where."""
    place = error.filename or place
    reason = error.strerror or str(error)
    hint = "run it again with --debug to see where that was"
    if isinstance(error, PermissionError) and isinstance(place, str | os.PathLike):
        folder = place if os.path.isdir(place) else os.path.dirname(place)
        hint = (
            f"`ls -la {shlex.quote(str(folder))}` shows whom it belongs to; "
            "if root made it by mistake, `sudo chown --recursive` gives it to you"
        )
    return ScaffoldError(f"cannot use {place}: {reason}" if place else reason, hint)


def explained(error: Exception) -> ScaffoldError:
    """Any error as one that a person can read; a fault of the tool is the last resort."""
    if isinstance(error, ScaffoldError):
        return error
    if isinstance(error, OSError):  # a fault of the surroundings, not of the tool
        told = system_error(error)
    else:
        told = ScaffoldError(
            f"this should not have happened: {type(error).__name__}: {error}",
            "run it again with --debug, and report what it shows",
        )
    told.__cause__ = error
    return told


def worst_exit_code(codes: Iterable[int]) -> int:
    """The exit code of a run with several results."""
    found = set(codes)
    return next((code for code in _WORST_FIRST if code in found), 0)
