"""Every question has a flag, and no answer is taken that the template would not take."""

import pytest
import yaml

from scaffold.template.flags import flag
from tests.cli.conftest import Cli, Repository
from tests.support.projects import Projects
from tests.support.questions import ASKED


def answers(cli: Cli, name: str = "api") -> dict[str, object]:
    content = yaml.safe_load((cli.cwd / name / ".copier-answers.yml").read_text())
    return {key: value for key, value in content.items() if not key.startswith("_")}


def test_every_question_of_the_template_has_a_flag() -> None:
    assert [name for name in ASKED if flag(name) is None] == ["resources"], "it has --resource"


def test_yes_takes_the_defaults_the_folder_and_the_user_of_git(cli: Cli) -> None:
    assert cli.new("api", "--yes").code == 0
    assert answers(cli) == {
        "project_name": "api",
        "description": "A web service.",
        "author": "Ada",
        "framework": "fastapi",
        "database": "sqlite",
        "auth": "none",
        "websockets": False,
        "ml": False,
        "workers": 2,
        "docs": True,
    }


def test_each_flag_answers_its_question(cli: Cli) -> None:
    flags = ["--name=shop", "--description=Sells.", "--author=Bob", "--framework=flask"]
    flags += ["--database=postgresql", "--auth=jwt", "--websockets", "--ml"]
    flags += ["--workers=3", "--no-docs"]
    assert cli.new("api", "--yes", *flags).code == 0
    assert answers(cli) == {
        "project_name": "shop",
        "description": "Sells.",
        "author": "Bob",
        "framework": "flask",
        "database": "postgresql",
        "auth": "jwt",
        "websockets": True,
        "ml": True,
        "workers": 3,
        "docs": False,
    }


def test_data_answers_any_question_in_its_type(cli: Cli) -> None:
    ran = cli.new("api", "--yes", "--data", "auth=jwt", "--data", "workers=3", "--data", "docs=no")
    assert ran.code == 0
    assert (answers(cli)["auth"], answers(cli)["workers"], answers(cli)["docs"]) == (
        "jwt",
        3,
        False,
    )


def test_a_flag_wins_over_data_and_data_over_the_file(cli: Cli) -> None:
    (cli.cwd / "answers.yml").write_text("{description: file, author: file, framework: flask}")
    given = ["--data-file=answers.yml", "--data=description=data", "--data=author=data"]
    assert cli.new("api", "--yes", *given, "--author=flag").code == 0
    got = answers(cli)
    assert (got["description"], got["author"], got["framework"]) == ("data", "flag", "flask")


def test_the_answers_file_of_another_project_can_be_given(cli: Cli) -> None:
    assert cli.new("one", "--yes", "--framework=flask", "--name=same").code == 0
    assert cli.new("two", "--yes", "--data-file=one/.copier-answers.yml").code == 0
    assert answers(cli, "one") == answers(cli, "two")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--framework=fastap"], ["--framework", "fastapi, flask", "did you mean fastapi?"]),
        (["--framework=FLASK"], ["--framework", "fastapi, flask", "did you mean flask?"]),
        (["--data=database=oracle"], ["--data database", "sqlite, postgresql, none"]),
        (["--data=auht=jwt"], ["--data auht", "did you mean auth?"]),
        (["--data=derived=x"], ["--data derived", "does not ask"]),
        (["--data=workers=many"], ["--data workers", "not a number"]),
        (["--data=workers=0"], ["--data workers", "At least one."]),
        (["--data=docs=perhaps"], ["--data docs", "true or false"]),
        (["--data=docs"], ["--data", "KEY=VALUE"]),
        (["--name=My API"], ["--name", "Use lower-case letters.", "did you mean my-api?"]),
        (["--author=<ada>"], ["--author", "Use no angle brackets."]),
        (["--auth=JWT"], ["--auth", "none, jwt", "did you mean jwt?"]),
        (["--database=none", "--auth=jwt"], ["--auth", "not asked"]),
        (["--database=none", "--data=auth=jwt"], ["--data auth", "not asked"]),
        (["--database=none", "--data=auth=none"], ["--data auth", "not asked"]),
        (["--websockets=yes"], ["--websockets", "does not take a value"]),
        (["--data=websockets=perhaps"], ["--data websockets", "true or false"]),
        (["--data-file=missing.yml"], ["--data-file missing.yml", "No such file"]),
    ],
    ids=" ".join,
)
def test_a_wrong_answer_names_its_flag_and_what_is_allowed(
    cli: Cli, args: list[str], words: list[str]
) -> None:
    message = cli.refused("api", "--yes", *args)
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("args", "flag"),
    [
        (["--database=none", "--auth=jwt"], "--database"),
        (["--data=database=none", "--data=auth=jwt"], "--data database"),
        (["--data-file=answers.yml"], "--data-file answers.yml, database"),
        (["--data-file=answers.yml", "--yes"], "--data-file answers.yml, database"),
        (["--data-file=answers.yml", "--dry-run", "--yes"], "--data-file answers.yml, database"),
    ],
    ids=" ".join,
)
def test_the_real_template_refuses_sign_in_without_a_database(
    bare_cli: Cli, projects: Projects, args: list[str], flag: str
) -> None:
    (bare_cli.cwd / "answers.yml").write_text("{database: none, auth: jwt}")
    message = bare_cli.refused("api", *args, f"--template={projects.template()}")
    assert message == (
        f"error: {flag}: 'none': Sign-in keeps its users in a database. "
        "Choose one, or leave sign-in out.\n"
    )


@pytest.mark.parametrize("content", ["[1, 2]", "a: [", "\x00", "framework: [flask]", "nope: 1"])
def test_a_wrong_answers_file_is_named(cli: Cli, content: str) -> None:
    (cli.cwd / "answers.yml").write_text(content)
    assert "--data-file answers.yml" in cli.refused("api", "--yes", "--data-file=answers.yml")


def test_a_flag_that_the_template_does_not_ask_for_is_refused(
    cli: Cli, template: Repository
) -> None:
    template.commit({"copier.yml": "_subdirectory: template\nproject_name: x\n"})
    assert "--framework" in cli.refused("api", "--yes", "--framework=flask")


def test_without_a_terminal_each_unanswered_question_is_named(cli: Cli) -> None:
    message = cli.refused("api", "--framework=flask", "--data=docs=no")
    named = ["--name", "--description", "--author", "--database", "--auth", "--websockets", "--ml"]
    named += ["--workers"]
    assert [name for name in named if name not in message] == []
    assert "--framework" not in message
    assert "docs" not in message


def test_a_question_whose_condition_is_false_is_not_missed(cli: Cli) -> None:
    assert "--auth," not in cli.refused("api", "--database=none")


def test_without_a_terminal_a_full_set_of_answers_needs_no_yes(cli: Cli) -> None:
    assert cli.new("one", "--yes").code == 0
    assert cli.new("two", "--data-file=one/.copier-answers.yml").code == 0


def test_an_author_that_the_template_refuses_is_explained(cli: Cli) -> None:
    (cli.home / ".gitconfig").write_text('[user]\n\tname = "Ada <3"\n')
    message = cli.refused("api", "--yes")
    assert "author" in message
    assert "--author" in message
