"""What the command line knows of the tool's own questions is what copier.yml asks."""

import pytest

from scaffold.template import snapshot
from scaffold.template.questions import Question
from scripts.questions import written
from tests.support.questions import ASKED, VALUES


def test_the_snapshot_is_current() -> None:
    text = snapshot.PLACES[-1].read_text(encoding="utf-8")
    assert text == written(), "run `uv run poe questions`, and commit what it writes"


def test_every_question_that_is_asked_is_in_it() -> None:
    assert list(snapshot.questions()) == list(ASKED)
    assert snapshot.questions()["database"] == Question(
        "database",
        "str",
        ("sqlite", "postgresql", "mysql", "none"),
        help="Database: where the service keeps its data.",
    )


def test_the_features_are_the_questions_that_may_leave_something_out() -> None:
    assert snapshot.features() == [
        name for name, values in VALUES.items() if {False, "none"} & set(values)
    ]


@pytest.mark.parametrize("name", ASKED)
def test_every_question_says_in_its_first_sentence_what_it_is(name: str) -> None:
    sentence = snapshot.questions()[name].help.partition(". ")[0]
    assert 10 < len(sentence) < 100
    assert "{" not in sentence
