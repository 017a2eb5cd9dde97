"""Errors carry facts; the command line words them."""


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
    """A rule of the template refused an answer."""

    def __init__(self, question: str, reason: str) -> None:
        super().__init__(reason)
        self.question = question


class Conflicts(ScaffoldError):
    """An update waits for its conflicts to be resolved."""

    exit_code = 3


class Interrupted(ScaffoldError):
    """The user stopped the run."""

    exit_code = 130
