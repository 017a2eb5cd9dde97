"""The questions, in a pseudo-terminal."""

from pathlib import Path

import pexpect
import pytest
import yaml

from scaffold.advise.rules import QUESTIONS as QUESTIONS_OF_THE_ADVICE
from tests.cli.conftest import PATIENCE, Cli, Repository

DOWN, UP, ENTER, CTRL_C, CTRL_D = "\x1b[B", "\x1b[A", "\r", "\x03", "\x04"
CREATE, REVIEW = ENTER, "These are the answers"

QUESTIONS = {
    "framework": "Which framework",
    "project_name": "Project name",
    "description": "What it is for",
    "author": "Who owns it",
    "database": "Which database",
    "auth": "How users sign in",
    "websockets": "Rooms for clients",
    "ml": "Predictions of a model",
    "workers": "How many workers",
    "docs": "Serve the documentation",
}


def asked(terminal: "pexpect.spawn[str]", **keys: str) -> None:
    """Answer each question in turn: with Enter, unless keys are given for it."""
    for name, words in QUESTIONS.items():
        if keys.get(name) != "absent":
            terminal.expect_exact(words)
            terminal.send(keys.get(name, ENTER))


def ended(terminal: "pexpect.spawn[str]") -> tuple[int | None, str]:
    terminal.expect(pexpect.EOF)
    terminal.wait()
    return terminal.exitstatus, str(terminal.before)


def answers(cli: Cli) -> dict[str, object]:
    content = yaml.safe_load((cli.cwd / "api" / ".copier-answers.yml").read_text())
    return {key: value for key, value in content.items() if not key.startswith("_")}


def test_each_question_is_asked_once_and_the_review_creates(cli: Cli) -> None:
    terminal = cli.terminal("new", "api", "--no-install")
    asked(terminal, framework=DOWN + ENTER, description="\x15Sells things." + ENTER)
    terminal.expect_exact(REVIEW)
    terminal.send(CREATE)
    code, out = ended(terminal)
    assert code == 0
    assert "The same again" in out
    assert answers(cli) == {
        "project_name": "api",
        "description": "Sells things.",
        "author": "Ada",
        "framework": "flask",
        "database": "sqlite",
        "auth": "none",
        "websockets": False,
        "ml": False,
        "workers": 2,
        "docs": True,
    }


def test_what_a_flag_answered_is_not_asked(cli: Cli) -> None:
    terminal = cli.terminal("new", "api", "--no-install", "--framework=flask", "--data=docs=no")
    asked(terminal, framework="absent", docs="absent")
    terminal.expect_exact(REVIEW)
    assert "Which framework" not in str(terminal.before)
    terminal.send(CREATE)
    assert ended(terminal)[0] == 0
    assert answers(cli)["framework"] == "flask"


def test_a_question_whose_condition_is_false_is_not_asked(cli: Cli) -> None:
    terminal = cli.terminal("new", "api", "--no-install")
    asked(terminal, database=UP + ENTER, auth="absent")
    terminal.expect_exact(REVIEW)
    terminal.send(CREATE)
    assert ended(terminal)[0] == 0
    assert "auth" not in answers(cli)


def test_a_flag_for_a_question_that_is_not_asked_is_refused(cli: Cli) -> None:
    terminal = cli.terminal("new", "api", "--no-install", "--auth=jwt")
    asked(terminal, database=UP + ENTER, auth="absent")
    code, out = ended(terminal)
    assert code == 2
    assert "error: --auth: auth is not asked together with the other answers" in out


def test_choices_show_their_help(cli: Cli) -> None:
    terminal = cli.terminal("new", "api", "--no-install")
    terminal.expect_exact("Which framework")
    terminal.expect_exact("FastAPI: choose if async")
    terminal.expect_exact("Flask: choose if sync")
    terminal.send(CTRL_C)
    assert ended(terminal)[0] == 130


def test_a_rule_is_explained_where_the_answer_is_typed(cli: Cli) -> None:
    terminal = cli.terminal("new", "api", "--no-install", "--framework=flask")
    terminal.expect_exact("Project name")
    terminal.send("\x15My API" + ENTER)
    terminal.expect_exact("Use lower-case letters.")
    terminal.send("\x15my-api" + ENTER)
    asked(terminal, framework="absent", project_name="absent")
    terminal.expect_exact(REVIEW)
    terminal.send(CREATE)
    assert ended(terminal)[0] == 0
    assert answers(cli)["project_name"] == "my-api"


def test_a_folder_that_is_no_project_name_offers_one(cli: Cli) -> None:
    terminal = cli.terminal("new", "My API", "--no-install", "--framework=flask")
    terminal.expect_exact("Project name")
    terminal.expect_exact("my-api")
    terminal.send(CTRL_C)
    assert ended(terminal)[0] == 130


def test_a_wrong_flag_is_refused_before_anything_is_asked(cli: Cli) -> None:
    terminal = cli.terminal("new", "api", "--no-install", "--data=workers=0")
    code, out = ended(terminal)
    assert code == 2
    assert "At least one." in out
    assert "Project name" not in out


def test_an_author_that_the_template_refuses_is_not_offered(cli: Cli) -> None:
    (cli.home / ".gitconfig").write_text('[user]\n\tname = "Ada <3"\n')
    terminal = cli.terminal("new", "api", "--no-install")
    asked(terminal)
    terminal.expect_exact(REVIEW)
    terminal.send(CREATE)
    assert ended(terminal)[0] == 0
    assert answers(cli)["author"] == ""


def test_the_review_changes_an_answer(cli: Cli) -> None:
    terminal = cli.terminal("new", "api", "--no-install")
    asked(terminal)
    terminal.expect_exact(REVIEW)
    terminal.send(DOWN * 4 + ENTER)
    terminal.expect_exact("Which framework")
    terminal.send(DOWN + ENTER)
    terminal.expect_exact(REVIEW)
    terminal.expect("framework +flask")
    terminal.send(CREATE)
    assert ended(terminal)[0] == 0
    assert answers(cli)["framework"] == "flask"
    assert answers(cli)["author"] == "Ada"


def test_a_change_that_opens_a_question_asks_it_too(cli: Cli) -> None:
    terminal = cli.terminal("new", "api", "--no-install", "--database=none")
    asked(terminal, database="absent", auth="absent")
    terminal.expect_exact(REVIEW)
    terminal.send(DOWN * 5 + ENTER)
    terminal.expect_exact("Which database")
    terminal.send(UP + ENTER)
    terminal.expect_exact("How users sign in")
    terminal.send(DOWN + ENTER)
    terminal.expect_exact(REVIEW)
    terminal.send(CREATE)
    assert ended(terminal)[0] == 0
    assert (answers(cli)["database"], answers(cli)["auth"]) == ("postgresql", "jwt")


def test_a_change_that_closes_a_question_drops_its_answer(cli: Cli) -> None:
    terminal = cli.terminal("new", "api", "--no-install", "--auth=jwt")
    asked(terminal, auth="absent")
    terminal.expect_exact(REVIEW)
    terminal.expect("auth +jwt")
    terminal.send(DOWN * 5 + ENTER)
    terminal.expect_exact("Which database")
    terminal.send(UP + ENTER)
    terminal.expect_exact(REVIEW)
    terminal.send(CREATE)
    code, out = ended(terminal)
    assert code == 0
    assert "auth" not in answers(cli)
    assert "jwt" not in out
    assert not (cli.cwd / "api" / ".env").exists()


def test_a_choice_that_a_rule_refuses_is_asked_again(cli: Cli, template: Repository) -> None:
    rule = "{% if auth == 'jwt' and framework == 'flask' %}Not with Flask.{% endif %}"
    document = yaml.safe_load((template.path / "copier.yml").read_text())
    document["auth"]["validator"] = rule
    template.commit({"copier.yml": yaml.safe_dump(document, sort_keys=False)})
    terminal = cli.terminal("new", "api", "--no-install", "--framework=flask")
    asked(terminal, framework="absent", auth=DOWN + ENTER)
    terminal.expect_exact("Not with Flask.")
    terminal.expect_exact("How users sign in")
    terminal.send(ENTER)
    terminal.expect_exact(REVIEW)
    terminal.send(CREATE)
    assert ended(terminal)[0] == 0
    assert answers(cli)["auth"] == "none"


def test_the_review_can_cancel(cli: Cli) -> None:
    terminal = cli.terminal("new", "api", "--no-install")
    asked(terminal)
    terminal.expect_exact(REVIEW)
    terminal.send(UP + ENTER)
    code, out = ended(terminal)
    assert code == 130
    assert "cancelled; nothing was created" in out
    assert list(cli.cwd.iterdir()) == []


@pytest.mark.parametrize("flags", [(), ("--framework=flask",)], ids=["ours", "copiers"])
def test_ctrl_c_at_a_question_ends_with_one_line(cli: Cli, flags: tuple[str, ...]) -> None:
    terminal = cli.terminal("new", "api", "--no-install", *flags)
    terminal.expect("Which framework|Project name")
    terminal.send(CTRL_C)
    code, out = ended(terminal)
    assert code == 130
    assert "error: interrupted" in out
    assert "Traceback" not in out
    assert list(cli.cwd.iterdir()) == []


def test_ctrl_c_in_the_review_ends_with_one_line(cli: Cli) -> None:
    terminal = cli.terminal("new", "api", "--no-install")
    asked(terminal)
    terminal.expect_exact(REVIEW)
    terminal.send(CTRL_C)
    code, out = ended(terminal)
    assert code == 130
    assert "Traceback" not in out
    assert list(cli.cwd.iterdir()) == []


def test_the_end_of_the_input_is_no_hang(cli: Cli) -> None:
    terminal = cli.terminal("new", "api", "--no-install", "--framework=flask")
    terminal.expect_exact("Project name")
    terminal.send("\x15" + CTRL_D)
    code, out = ended(terminal)
    assert code == 130
    assert "Traceback" not in out


def test_yes_asks_nothing_in_a_terminal(cli: Cli) -> None:
    terminal = cli.terminal("new", "api", "--no-install", "--yes")
    code, out = ended(terminal)
    assert code == 0
    assert "Project name" not in out


def not_sure(terminal: "pexpect.spawn[str]", *, skip: tuple[str, ...] = ()) -> None:
    """Choose the advice, and answer its questions for a prototype of a page in real time."""
    terminal.expect_exact("Which framework")
    terminal.expect_exact("Not sure: answer a few questions")
    terminal.send(UP + ENTER)
    keys = {"serves": DOWN + ENTER, "websockets": ENTER, "prototype": ENTER}
    for name, question in QUESTIONS_OF_THE_ADVICE.items():
        if name not in skip:
            terminal.expect_exact(question.help)
            terminal.send(keys.get(name, UP + ENTER))


def test_who_is_not_sure_is_advised_and_confirms(cli: Cli) -> None:
    terminal = cli.terminal("new", "api", "--no-install")
    not_sure(terminal)
    terminal.expect_exact("Flask, 5 to 2")
    terminal.expect_exact("--serves pages: ")
    asked(terminal)
    terminal.expect_exact(REVIEW)
    terminal.send(CREATE)
    assert ended(terminal)[0] == 0
    assert (answers(cli)["framework"], answers(cli)["websockets"]) == ("flask", True)


def test_an_advice_can_be_overruled(cli: Cli) -> None:
    terminal = cli.terminal("new", "api", "--no-install", "--no-websockets")
    not_sure(terminal, skip=("websockets",))
    terminal.expect_exact("Flask, 5 to 0")
    asked(terminal, framework=UP + ENTER, websockets="absent")
    terminal.expect_exact(REVIEW)
    terminal.send(CREATE)
    assert ended(terminal)[0] == 0
    assert answers(cli)["framework"] == "fastapi"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("choices", ["fastapi", "flask", "django"]),
        ("validator", "{% if framework == 'flask' %}Not here.{% endif %}"),
        ("default", "{{ 'fastapi' }}"),
    ],
)
def test_another_question_for_the_framework_is_copiers_alone(
    cli: Cli, template: Repository, key: str, value: object
) -> None:
    document = yaml.safe_load((template.path / "copier.yml").read_text())
    document["framework"][key] = value
    template.commit({"copier.yml": yaml.safe_dump(document, sort_keys=False)})
    terminal = cli.terminal("new", "api", "--no-install")
    terminal.expect_exact("Project name")
    assert "Which framework" not in str(terminal.before)
    terminal.send(CTRL_C)
    assert ended(terminal)[0] == 130


def test_the_advice_asks_in_a_terminal(cli: Cli) -> None:
    terminal = cli.terminal("advise")
    for name, question in QUESTIONS_OF_THE_ADVICE.items():
        terminal.expect_exact(question.help)
        terminal.send(ENTER if name == "serves" else UP + ENTER)
    code, out = ended(terminal)
    assert code == 0
    assert "FastAPI, 2 to 0" in out
    assert "scaffold new DEST --framework fastapi" in out


def test_ctrl_c_at_a_question_of_the_advice_ends_with_one_line(cli: Cli) -> None:
    terminal = cli.terminal("advise")
    terminal.expect_exact("What does it serve")
    terminal.send(CTRL_C)
    code, out = ended(terminal)
    assert code == 130
    assert "error: interrupted" in out
    assert "Traceback" not in out


def test_the_questions_are_no_part_of_the_output(cli: Cli) -> None:
    terminal = pexpect.spawn(
        "/bin/sh",
        ["-c", '"$@" >out.txt', "sh", *cli.command("new", "api", "--no-install")],
        cwd=str(cli.cwd),
        env={**cli.env, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"},
        encoding="utf-8",
        timeout=PATIENCE,
    )
    asked(terminal)
    terminal.expect_exact(REVIEW)
    terminal.send(CREATE)
    assert ended(terminal)[0] == 0
    assert (cli.cwd / "out.txt").read_text().startswith("Created ")


def test_the_questions_of_the_template_fit_into_eighty_columns() -> None:
    document = yaml.safe_load((Path(__file__).parents[2] / "copier.yml").read_text())
    questions = [details for details in document.values() if isinstance(details, dict)]
    labels = [label for details in questions for label in details.get("choices", [])]
    assert labels
    assert [label for label in labels if len(label) > 76] == [], "the rest would be cut off"
