"""What was wrong with an answer is told with what to do."""

import pytest

from scaffold.asking import forms
from scaffold.errors import UsageError


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (UsageError("Use lower case."), "Use lower case."),
        (UsageError("api is not empty", "choose another"), "api is not empty: choose another"),
        (UsageError("Not this.", "try that"), "Not this: try that"),
    ],
)
def test_a_reason_is_one_text(error: UsageError, told: str) -> None:
    assert forms.reason(error) == told


def test_any_answer_is_taken_where_nothing_checks_it() -> None:
    assert forms.Type(title="Name").check("Ada") == "Ada"
