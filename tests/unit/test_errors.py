"""An error says what happened, what to do, and how the program ends."""

import pytest

from scaffold.errors import Conflicts, Interrupted, InvalidAnswer, ScaffoldError, UsageError


@pytest.mark.parametrize(
    ("kind", "code"), [(ScaffoldError, 1), (UsageError, 2), (Conflicts, 3), (Interrupted, 130)]
)
def test_each_kind_of_error_has_its_exit_code(kind: type[ScaffoldError], code: int) -> None:
    assert kind("it failed").exit_code == code


def test_an_error_has_a_message_and_perhaps_a_hint() -> None:
    assert ScaffoldError("it failed").hint == ""
    error = ScaffoldError("it failed", "try again")
    assert (str(error), error.message, error.hint) == ("it failed", "it failed", "try again")


def test_a_refused_answer_is_wrong_usage_and_names_its_question() -> None:
    error = InvalidAnswer("workers", "At least one.")
    assert isinstance(error, UsageError)
    assert (error.question, error.message, error.exit_code) == ("workers", "At least one.", 2)
