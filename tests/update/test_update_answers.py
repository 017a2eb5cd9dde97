"""What the template asks, and what it leaves to the user."""

import pytest
import yaml

from tests.cli.conftest import Cli
from tests.update.conftest import COPIER_YML, Project, Template, lines, make_project


def test_an_answer_that_is_no_choice_any_more_is_refused_until_another_is_given(
    project: Project, template: Template
) -> None:
    choices = COPIER_YML.replace(
        "default: red, choices: [red, green, blue]", "default: green, choices: [green, blue]"
    )
    assert choices != COPIER_YML
    template.release("v1.1.0", {"copier.yml": choices})
    project.refused(2, "colour=red", "--data colour=…")
    ran = project.update("--data", "colour=blue")
    assert ran.code == 0, ran.err
    assert project.read("README.md") == "# api\n\nIt is blue.\n"
    assert "  colour: red → blue\n" in ran.out


def test_a_new_question_takes_its_default(project: Project, template: Template) -> None:
    template.release(
        "v1.1.0",
        {
            "copier.yml": f"{COPIER_YML}size: {{type: int, default: 7}}\n",
            "size.jinja": "{{ size }}",
        },
    )
    ran = project.update("--json")
    assert ran.json["answers"] == {"size": {"from": None, "to": 7}}
    assert project.read("size") == "7"
    assert yaml.safe_load(project.read(".copier-answers.yml"))["size"] == 7


def test_a_renamed_question_keeps_its_answer(bare_cli: Cli, template: Template) -> None:
    project = make_project(bare_cli, template, "api", mood="angry")
    renamed = COPIER_YML.replace(
        "mood: {type: str, default: calm}",
        "temper: {type: str, default: \"{{ mood | default('calm') }}\"}",
    )
    assert renamed != COPIER_YML
    template.release("v1.1.0", {"copier.yml": renamed, "temper.jinja": "{{ temper }}"})
    ran = project.update("--json")
    assert ran.code == 0, ran.err
    assert ran.json["answers"] == {
        "temper": {"from": None, "to": "angry"},
        "mood": {"from": "angry", "to": None},
    }
    assert project.read("temper") == "angry"
    answers = yaml.safe_load(project.read(".copier-answers.yml"))
    assert "mood" not in answers
    project.commit({})
    template.release("v1.2.0", {"app/main.py": lines("main", {5: "new"})})
    assert project.update("--json").json["answers"] == {}
    assert project.read("temper") == "angry"


def test_answers_are_given_to_an_update_too(project: Project, template: Template) -> None:
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"})})
    ran = project.update("--data", "colour=green", "--data", "docs=false", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["answers"] == {
        "colour": {"from": "red", "to": "green"},
        "docs": {"from": True, "to": False},
    }
    assert project.read("README.md") == "# api\n\nIt is green.\n"
    assert yaml.safe_load(project.read(".copier-answers.yml"))["docs"] is False


@pytest.mark.parametrize("data", ["colour=pink", "size=7", "colour"])
def test_an_answer_that_cannot_be_is_refused(
    project: Project, template: Template, data: str
) -> None:
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"})})
    before = project.state()
    ran = project.update("--data", data)
    assert (ran.code, ran.out) == (2, "")
    assert data.partition("=")[0] in ran.err
    assert project.state() == before


@pytest.mark.parametrize("mine", ["the template's\n", "mine\n"])
def test_what_the_template_writes_once_is_left_to_the_user(
    project: Project, template: Template, mine: str
) -> None:
    project.commit({"once.txt": mine})
    template.release("v1.1.0", {"once.txt": "the template's second\n"})
    ran = project.update()
    assert ran.code == 0
    assert "  kept      once.txt  (it is yours, and the template leaves it alone)\n" in ran.out
    assert project.read("once.txt") == mine


def test_what_the_template_writes_once_and_the_user_deleted_stays_away(
    project: Project, template: Template
) -> None:
    project.git("rm", "--quiet", "once.txt")
    project.commit({})
    template.release("v1.1.0", {"once.txt": "the template's second\n"})
    assert project.update().code == 0
    assert not (project.path / "once.txt").exists()


def test_what_the_template_writes_once_does_not_replace_what_is_there(
    project: Project, template: Template
) -> None:
    questions = COPIER_YML.replace("[/once.txt]", "[/once.txt, /twice.txt]")
    template.release("v1.1.0", {"copier.yml": questions, "twice.txt": "the template's\n"})
    project.commit({"twice.txt": "mine\n"})
    assert project.update().code == 0
    assert project.read("twice.txt") == "mine\n"


def test_answers_change_at_the_version_that_the_project_has(
    project: Project, template: Template
) -> None:
    template.release("v1.1.0", {"app/main.py": lines("main", {5: "new"})})
    ran = project.run("set", "colour=green")
    assert ran.code == 0, ran.err
    assert f"Updated {project.path} at v1.0.0\n" in ran.out
    assert project.read("README.md") == "# api\n\nIt is green.\n"
    assert project.status() == ["M  .copier-answers.yml", "M  README.md"]
    assert "_commit: v1.0.0\n" in project.read(".copier-answers.yml")


def test_an_answer_that_is_given_again_changes_nothing(project: Project) -> None:
    before = project.state()
    ran = project.run("set", "colour=red", "--json")
    assert (ran.code, ran.json["status"], ran.json["changes"]) == (0, "up to date", [])
    assert project.state() == before
