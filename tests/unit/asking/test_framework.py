"""Only the question that an advice answers leads to one."""

from dataclasses import replace

import pytest

from scaffold.asking.forms import Choose, Form, Row, Type
from scaffold.asking.framework import ask_framework, with_advice
from tests.support.user import BACK, User

ROWS = (Row("FastAPI", "fastapi"), Row("Flask", "flask"))
FORM = Choose(title="Framework", rows=ROWS, default="flask")
NOT_SURE = "Not sure"


def advised() -> Choose:
    form = with_advice("framework", FORM)
    assert form
    return form


def test_the_framework_can_be_advised() -> None:
    assert [row.title for row in advised().rows] == ["FastAPI", "Flask", NOT_SURE]
    assert ask_framework(advised(), {}, User("Flask").show) == ("flask", {})


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("colour", FORM),
        ("framework", replace(FORM, rows=(*ROWS, Row("Django", "django")))),
        ("framework", Type(title="Framework")),
    ],
)
def test_another_question_cannot(name: str, form: Form) -> None:
    assert with_advice(name, form) is None


def test_an_advice_is_shown_and_can_be_overruled(capsys: pytest.CaptureFixture[str]) -> None:
    user = User(NOT_SURE, "An API for programs", "Hundreds", "Yes", *[NOT_SURE] * 6, "Flask")
    assert ask_framework(advised(), {}, user.show) == ("flask", {"websockets": True})
    again = user.seen[-1]
    assert isinstance(again, Choose)
    assert (again.note, again.default) == ("FastAPI, 5 to 0", "fastapi")
    assert capsys.readouterr().err.splitlines()[-2] == "FastAPI, 5 to 0"


def test_the_way_back_leads_out_of_the_advice() -> None:
    assert ask_framework(advised(), {}, User(NOT_SURE, BACK, "Flask").show) == ("flask", {})
