"""The folder is asked where it is missing; then what the template wants to know."""

from pathlib import Path

import pytest

from scaffold.asking.ask import ask, ask_folder
from scaffold.asking.forms import Type
from scaffold.console import Console
from scaffold.new.plan import NewRequest
from scaffold.template.template import Template
from tests.support.user import User


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_is_asked_until_a_project_can_be_made_there(here: Path) -> None:
    (here / "taken").mkdir()
    (here / "taken" / "file").touch()
    user = User("", "taken", " shop ")
    assert ask_folder(user.show) == "shop"
    assert user.refused == ["DEST is empty", f"{here / 'taken'} is not empty"]
    assert user.seen[0].first


def test_the_home_of_the_user_is_known(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(here))
    assert ask_folder(User("~/shop").show) == str(here / "shop")


@pytest.mark.parametrize(("taken", "offered"), [(False, "my-service"), (True, "")])
def test_a_folder_is_offered_unless_it_is_there(here: Path, taken: bool, offered: str) -> None:
    if taken:
        (here / "my-service").touch()
    user = User("shop")
    ask_folder(user.show)
    (form,) = user.seen
    assert isinstance(form, Type)
    assert form.default == offered


def test_the_answers_of_a_template_take_the_name_of_the_folder(
    template: Template, console: Console
) -> None:
    user = User("API", "Flask", "Create the project")
    request = NewRequest("My Shop")
    made = ask(request, template, "My Shop", {}, {"project_name": "My Shop"}, console, user.show)
    assert (made["project_name"], made["framework"], made["auth"]) == ("my-shop", "flask", "jwt")
