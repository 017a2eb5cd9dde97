"""The questions of an advice: "Not sure" is an answer, and the way back is open."""

import pytest

from scaffold.advise.rules import QUESTIONS
from scaffold.asking.advice import ask_profile
from scaffold.asking.forms import Back, Choose
from tests.support.user import BACK, User

NOT_SURE = "Not sure"


def test_a_profile_leaves_out_what_nobody_is_sure_of() -> None:
    user = User("An API for programs", NOT_SURE, "No", "Yes", *[NOT_SURE] * 5)
    assert ask_profile({}, user.show) == {"serves": "api", "websockets": False, "ml": True}
    assert user.titles == [question.help for question in QUESTIONS.values()]


def test_each_question_says_how_far_it_is() -> None:
    user = User(*[NOT_SURE] * 9)
    ask_profile({}, user.show)
    assert [form.explanation for form in user.seen] == [f"Question {n} of 9" for n in range(1, 10)]


def test_what_is_known_is_not_asked() -> None:
    user = User(*[NOT_SURE] * 8)
    assert ask_profile({"ml": False, "project_name": "x"}, user.show) == {"ml": False}
    assert user.seen[0].explanation == "Question 1 of 8"


def test_the_question_before_is_asked_again_with_its_answer() -> None:
    user = User("An API for programs", "Hundreds", BACK, BACK, NOT_SURE, *[NOT_SURE] * 8)
    assert ask_profile({}, user.show) == {}
    asked_again = user.seen[3]
    assert isinstance(asked_again, Choose)
    assert (asked_again.title, asked_again.default) == (QUESTIONS["concurrency"].help, "hundreds")


def test_from_the_first_question_it_goes_back_to_where_it_came_from() -> None:
    with pytest.raises(Back):
        ask_profile({}, User(BACK).show)


def test_what_is_asked_first_has_no_way_back_until_something_is_answered() -> None:
    user = User(*[NOT_SURE] * 9)
    ask_profile({}, user.show, first=True)
    assert [form.first for form in user.seen] == [True, *[False] * 8]
