"""Derived defaults are offered as far as the rules of the template take them."""

from typing import Any

import pytest

from scaffold.asking.defaults import valid_defaults
from scaffold.errors import UsageError
from scaffold.new.plan import NewRequest
from scaffold.template.questionnaire import Questionnaire


def defaults(
    questionnaire: Questionnaire, folder: str, derived: dict[str, Any], **flags: Any
) -> dict[str, Any]:
    request = NewRequest(folder, flags=flags)
    return dict(valid_defaults(questionnaire, request, folder, flags, derived))


def test_good_defaults_stay(questionnaire: Questionnaire) -> None:
    derived = {"project_name": "shop", "author": "Ada"}
    assert defaults(questionnaire, "shop", derived) == derived


@pytest.mark.parametrize(("folder", "name"), [("My Shop", "my-shop"), ("日 本", "service")])
def test_a_folder_that_is_no_name_gives_way_to_one_like_it(
    questionnaire: Questionnaire, folder: str, name: str
) -> None:
    assert defaults(questionnaire, folder, {"project_name": folder}) == {"project_name": name}


def test_a_derived_default_that_nothing_makes_good_is_left_out(
    questionnaire: Questionnaire,
) -> None:
    assert defaults(questionnaire, "x", {"workers": 0, "author": "Ada"}) == {"author": "Ada"}


def test_a_flag_that_a_rule_refuses_is_told_before_anything_is_asked(
    questionnaire: Questionnaire,
) -> None:
    with pytest.raises(UsageError) as caught:
        defaults(questionnaire, "shop", {}, project_name="My Shop")
    assert caught.value.message == "--name: 'My Shop': Use lower case."
    assert caught.value.hint == "did you mean my-shop?"
