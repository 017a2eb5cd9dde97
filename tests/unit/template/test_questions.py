"""A question tells which answers leave its feature out and bring it in."""

from typing import Any

import pytest

from scaffold.template.questions import Question


@pytest.mark.parametrize(
    ("question", "off", "on"),
    [
        (Question("ml", "bool"), False, True),
        (Question("database", "str", ("sqlite", "none", "mysql")), "none", "sqlite"),
        (Question("database", "str", ("none", "mysql", "sqlite")), "none", "mysql"),
        (Question("colour", "str", ("red", "blue")), None, "red"),
        (Question("name", "str"), None, True),
    ],
)
def test_a_feature_has_answers_that_leave_it_out_and_bring_it_in(
    question: Question, off: Any, on: Any
) -> None:
    assert (question.off, question.on) == (off, on)
