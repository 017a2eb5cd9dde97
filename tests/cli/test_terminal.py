"""The questions, in a pseudo-terminal: what somebody sees from the command to the project."""

from __future__ import annotations

import re

import pexpect
import pyte
import pytest
import yaml

from scaffold.advise.rules import QUESTIONS as QUESTIONS_OF_THE_ADVICE
from tests.cli.conftest import PATIENCE, Cli, Repository

DOWN, UP, ENTER, ESC = "\x1b[B", "\x1b[A", "\r", "\x1b"
COLOUR = re.compile(r"\x1b\[[0-9;]*\b3[0-7][;m]")
CTRL_C, CTRL_D, CTRL_U = "\x03", "\x04", "\x15"
REVIEW = "Your answers"
TITLES = {
    "project_name": "Project name",
    "description": "What it is for",
    "author": "Who owns it",
    "framework": "Which framework",
    "database": "Which database",
    "auth": "How users sign in",
    "features": "Features",
    "workers": "How many workers",
    "docs": "Serve the documentation",
}
PRESETS = '"API: for programs": {auth: jwt}\n"Everything: all of it": all\n'


class Seen:
    """A terminal that somebody looks at."""

    def __init__(self, spawned: pexpect.spawn[str], columns: int, rows: int) -> None:
        spawned.setwinsize(rows, columns)
        self.spawned = spawned
        self.written = ""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)

    def text(self) -> str:
        return " ".join(" ".join(self._screen.display).split())

    def wait_for(self, *words: str) -> None:
        """Wait until these words are on the screen at once."""
        while any(word not in self.text() for word in words):
            self._read()

    def send(self, keys: str) -> None:
        self.spawned.send(keys)

    def end(self) -> int | None:
        """Wait for the end, and say how it was."""
        try:
            while True:
                self._read()
        except pexpect.EOF:
            self.spawned.wait()
        return self.spawned.exitstatus

    def _read(self) -> None:
        try:
            text = self.spawned.read_nonblocking(4096, timeout=PATIENCE)
        except pexpect.TIMEOUT:
            pytest.fail(f"nothing more comes after:\n{self.text()}")
        self.written += text
        self._stream.feed(text)


def start(cli: Cli, *args: str, columns: int = 80, rows: int = 24, **env: str) -> Seen:
    return Seen(cli.terminal(*args, **env), columns, rows)


def answer_all(seen: Seen, **keys: str) -> None:
    """Answer each question in turn: with Enter, unless keys are given for it."""
    for name, words in TITLES.items():
        if keys.get(name) != "absent":
            seen.wait_for(words)
            seen.send(keys.get(name, ENTER))


def answers(cli: Cli) -> dict[str, object]:
    content = yaml.safe_load((cli.cwd / "api" / ".copier-answers.yml").read_text())
    return {key: value for key, value in content.items() if not key.startswith("_")}


def with_presets(template: Repository) -> None:
    document = yaml.safe_load((template.path / "copier.yml").read_text())
    document["presets"] = {"type": "yaml", "when": False, "default": PRESETS}
    template.commit({"copier.yml": yaml.safe_dump(document, sort_keys=False)})


@pytest.mark.parametrize(("columns", "no_color"), [(60, "1"), (80, "")])
def test_four_keys_lead_from_the_command_to_a_project(
    cli: Cli, template: Repository, columns: int, no_color: str
) -> None:
    with_presets(template)
    seen = start(cli, "new", "--no-install", columns=columns, NO_COLOR=no_color)
    seen.wait_for("Folder", "my-service")
    seen.send("api" + ENTER)
    seen.wait_for("Start with", "> API", "For programs")
    seen.send(ENTER)
    seen.wait_for("Framework", "Choose if async", "Not sure")
    seen.send(DOWN + ENTER)
    seen.wait_for(REVIEW, "Framework Flask", "Websockets No", "Create the project")
    seen.send(ENTER)
    assert seen.end() == 0
    assert "The same again" in seen.written
    assert bool(COLOUR.search(seen.written)) is not bool(no_color)
    assert (answers(cli)["framework"], answers(cli)["auth"]) == ("flask", "jwt")
    assert (cli.cwd / "api" / ".env").is_file()


def test_each_question_is_asked_once_and_the_review_creates(cli: Cli) -> None:
    seen = start(cli, "new", "api", "--no-install")
    answer_all(
        seen, framework=DOWN + ENTER, description="Sells things." + ENTER, features=" " + ENTER
    )
    seen.wait_for(REVIEW)
    seen.send(ENTER)
    assert seen.end() == 0
    assert answers(cli) == {
        "project_name": "api",
        "description": "Sells things.",
        "author": "Ada",
        "framework": "flask",
        "database": "sqlite",
        "auth": "none",
        "websockets": True,
        "ml": False,
        "workers": 2,
        "docs": True,
    }


def test_a_terminal_without_a_cursor_is_asked_line_by_line(cli: Cli) -> None:
    seen = start(cli, "new", "api", "--no-install", "--auth=jwt", TERM="dumb", rows=60)
    answer_all(seen, auth="absent", framework="2\r", features="1 2\r", workers="0\r3\r")
    seen.wait_for(REVIEW)
    seen.send("1\r")
    assert seen.end() == 0
    assert "At least one." in seen.written
    assert "\x1b" not in seen.written
    found = answers(cli)
    assert (found["framework"], found["ml"], found["workers"]) == ("flask", True, 3)


def test_the_question_before_comes_back_and_the_project_has_the_last_answer(cli: Cli) -> None:
    seen = start(cli, "new", "api", "--no-install")
    seen.wait_for("Project name")
    seen.send("shop" + ENTER)
    seen.wait_for("What it is for")
    seen.send(ESC)
    seen.wait_for("Project name shop Project name")
    seen.send("store" + ENTER)
    answer_all(seen, project_name="absent")
    seen.wait_for(REVIEW, "store")
    seen.send(ENTER)
    assert seen.end() == 0
    assert answers(cli)["project_name"] == "store"


def test_a_wrong_flag_is_refused_before_anything_is_asked(cli: Cli) -> None:
    seen = start(cli, "new", "api", "--no-install", "--data=workers=0")
    assert seen.end() == 2
    assert "At least one." in seen.written
    assert "Project name" not in seen.written


def test_an_author_that_the_template_refuses_is_not_offered(cli: Cli) -> None:
    (cli.home / ".gitconfig").write_text('[user]\n\tname = "Ada <3"\n')
    seen = start(cli, "new", "api", "--no-install")
    answer_all(seen)
    seen.wait_for(REVIEW)
    seen.send(ENTER)
    assert seen.end() == 0
    assert answers(cli)["author"] == ""


def test_the_review_can_cancel(cli: Cli) -> None:
    seen = start(cli, "new", "api", "--no-install")
    answer_all(seen)
    seen.wait_for(REVIEW)
    seen.send(UP + ENTER)
    assert seen.end() == 130
    assert "cancelled; nothing was created" in seen.written
    assert list(cli.cwd.iterdir()) == []


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_ctrl_c_at_a_question_ends_with_one_line(cli: Cli, term: str) -> None:
    seen = start(cli, "new", "api", "--no-install", TERM=term)
    seen.wait_for("Project name")
    seen.send(CTRL_C)
    assert seen.end() == 130
    assert "error: interrupted" in seen.written
    assert "Traceback" not in seen.written
    assert list(cli.cwd.iterdir()) == []


def test_the_end_of_the_input_is_no_hang(cli: Cli) -> None:
    seen = start(cli, "new", "api", "--no-install")
    seen.wait_for("Project name")
    seen.send(CTRL_U + CTRL_D)
    assert seen.end() == 130
    assert "error: the input ended; nothing was created" in seen.written


def test_yes_asks_nothing_in_a_terminal_and_says_what_it_does(cli: Cli) -> None:
    seen = start(cli, "new", "api", "--no-install", "--yes")
    assert seen.end() == 0
    assert "Project name" not in seen.written
    assert "Reading the template" in seen.written
    assert "Writing the files" in seen.written


def test_the_advice_asks_in_a_terminal_and_its_verdict_is_seen_at_the_end(cli: Cli) -> None:
    seen = start(cli, "advise")
    for number, question in enumerate(QUESTIONS_OF_THE_ADVICE.values(), 1):
        seen.wait_for(question.help, f"Question {number} of 9")
        seen.send(ENTER)
    assert seen.end() == 0
    assert "FastAPI, " in seen.text()
    assert "scaffold new DEST --framework fastapi" in seen.text()


def test_ctrl_c_at_a_question_of_the_advice_ends_with_one_line(cli: Cli) -> None:
    seen = start(cli, "advise")
    seen.wait_for("What does it serve")
    seen.send(CTRL_C)
    assert seen.end() == 130
    assert "Traceback" not in seen.written
