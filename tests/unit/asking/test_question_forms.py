"""Each kind of question has its form."""

import pytest

from scaffold.asking.forms import Choose, Form, Tick, Type
from scaffold.asking.question_forms import form_of, form_of_switches
from scaffold.errors import UsageError
from scaffold.template.questionnaire import Asked, Questionnaire


@pytest.fixture(scope="module")
def asked(questionnaire: Questionnaire) -> dict[str, Asked]:
    answers = {"framework": "flask", "database": "postgresql"}
    return {question.name: question for question in questionnaire.fill(answers, {}, {}).asked}


@pytest.mark.parametrize(
    ("name", "kind", "offered"),
    [
        ("project_name", Type, "my-service"),
        ("framework", Choose, "flask"),
        ("websockets", Choose, False),
        ("tags", Tick, ("b",)),
        ("workers", Type, "2"),
        ("limits", Type, '{"cpu": 1}'),
    ],
)
def test_a_question_is_shown_with_what_is_offered(
    asked: dict[str, Asked], name: str, kind: type, offered: object
) -> None:
    form: Form = form_of(asked[name], asked[name], "Mind.", ("Before  1",))
    assert type(form) is kind
    assert form.title == asked[name].title
    assert (form.note, form.above) == ("Mind.", ("Before  1",))
    assert (form.ticked if isinstance(form, Tick) else form.default) == offered


def test_yes_and_no_are_called_so(asked: dict[str, Asked]) -> None:
    form = form_of(asked["ml"], asked["ml"], "", ())
    assert isinstance(form, Choose)
    assert [row.title for row in form.rows] == ["Yes", "No"]


def test_switches_are_ticked_together_and_checked_one_by_one(asked: dict[str, Asked]) -> None:
    switches = [asked["websockets"], asked["ml"]]
    form = form_of_switches(switches, switches, "", ())
    assert [(row.title, row.value) for row in form.rows] == [
        ("WebSockets", "websockets"),
        ("Predictions", "ml"),
    ]
    assert form.check(["websockets"]) == ["websockets"]
    with pytest.raises(UsageError, match=r"Predictions: Not with Flask\."):
        form.check(["ml"])
