"""The reasons why a model cannot serve."""

from pydantic import ValidationError


class ModelError(Exception):
    """The reason why a model cannot serve, in one line."""

    def __init__(self, reason: str) -> None:
        super().__init__(" ".join(line.strip() for line in reason.splitlines()))


def first_error(error: ValidationError) -> str:
    """Write the first reason of an error in one line, after its place."""
    reason = error.errors()[0]
    message = reason["msg"].removeprefix("Value error, ")
    return ": ".join(filter(None, (".".join(map(str, reason["loc"])), message)))
