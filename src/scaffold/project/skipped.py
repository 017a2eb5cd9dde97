"""A step that a command left out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Skipped:
    """A step that was left out, why, and how to catch up."""

    step: str
    reason: str
    command: str
