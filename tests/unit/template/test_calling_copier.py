"""What Copier raises is told in our words; tests of what it renders stand in test_render.py."""

import pytest
from copier.errors import UserMessageError

from scaffold.errors import InvalidAnswer, ScaffoldError, UsageError
from scaffold.template.calling_copier import copier_errors, reason_of


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (ValueError("Validation error for question 'a': Not\n  this."), InvalidAnswer, "Not this."),
        (ValueError('Question "a" is required'), UsageError, "a has no default"),
        (ValueError("anything"), ScaffoldError, "cannot render the template: anything"),
        (UserMessageError("no\nmore"), ScaffoldError, "cannot render the template: no"),
        (OSError("disk full"), ScaffoldError, "cannot render the project: disk full"),
        (KeyError("x"), ScaffoldError, "cannot render the template: 'x'"),
    ],
)
def test_an_error_is_told_in_one_line(
    error: Exception, kind: type[ScaffoldError], message: str
) -> None:
    with pytest.raises(ScaffoldError) as caught, copier_errors():
        raise error
    assert (type(caught.value), caught.value.message) == (kind, message)


def test_the_reason_of_a_rule_stands_alone() -> None:
    assert reason_of(ValueError("Invalid choice for 'a': 'x' is not in [1]")) == "'x' is not in [1]"
    assert reason_of(ValueError("invalid literal")) == ""
