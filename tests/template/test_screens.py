"""Each question of the template fits into every terminal: titles, explanations and errors are whole."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from scaffold.asking import screen
from scaffold.asking.forms import Choose, Form, Tick
from scaffold.asking.interview import Interview
from scaffold.asking.presets import presets
from scaffold.errors import UsageError
from scaffold.new.plan import NewRequest
from scaffold.template.copier_yml import parse_questions
from scaffold.template.questionnaire import Questionnaire, open_questionnaire
from scaffold.template.template import Template
from tests.cli.conftest import Repository
from tests.support.projects import Projects
from tests.support.questions import ASKED, REPOSITORY, VALUES
from tests.support.user import User, pictures, terminal
from tests.unit.conftest import template_at

DOWN, CTRL_U = "\x1b[B", "\x15"
LONGEST_TITLE = 20  # shorter than any line, with room for an answer beside it
WRONG = {
    "Name": ["My API", "fastapi", "a" * 51],
    "Description": [" ", 'says "hi"', "x" * 201],
    "Author": ["A <a@b.c>", "x" * 101],
}


@pytest.fixture(scope="module")
def template(projects: Projects) -> Template:
    repository = Repository(projects.template())
    text = (repository.path / "copier.yml").read_text()
    return replace(template_at(repository), questions=parse_questions(text))


@pytest.fixture(scope="module")
def questionnaire(template: Template) -> Iterator[Questionnaire]:
    with open_questionnaire(template, "shop") as opened:
        yield opened


class Reader:
    """Reads whatever is asked, in a terminal of some width, and takes what is offered."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.titles: list[str] = []

    def show(self, form: Form) -> Any:
        self.titles.append(form.title)
        wrong = WRONG.get(form.title, [])
        rows = form.rows if isinstance(form, Choose | Tick) else ()
        typed = [key for text in wrong for key in (f"{CTRL_U}{text}\r", "\r")]  # and look at it
        keys = [*typed, *[DOWN + "\r"] * len(rows), "\r"]
        told: list[str] = []
        seen: list[Any] = []

        def check(answer: Any) -> Any:
            seen.append(answer)
            if len(seen) == len(keys):
                return answer
            try:
                form.check(answer)
                told.append("This is not what anybody wants, for many reasons.")
            except UsageError as error:
                told.append(error.message)
            raise UsageError(told[-1])

        _, shown = pictures(screen.show, replace(form, check=check), keys, self.columns)
        for text in shown:
            # Of the answers so far, the last ones.
            self.expect(text, form.title, *(row.title for row in rows), *form.above[-4:])
        for number in range(0, len(typed), 2):
            self.expect(shown[number + 1], told[number])
        for number, text in enumerate(shown[: len(rows)]):
            offered = [row.value for row in rows]
            begin = (
                offered.index(form.default)
                if isinstance(form, Choose) and form.default in offered
                else 0
            )
            self.expect(text, rows[(begin + number + 1) % len(rows)].explanation)
        return self.taken(form)

    def taken(self, form: Form) -> Any:
        """Every question is asked, and what is offered is good."""
        if isinstance(form, Tick):
            return form.check([])
        if isinstance(form, Choose):
            titles = [row.title for row in form.rows]
            at = titles.index("Let me choose") if "Let me choose" in titles else 0
            return form.check(form.rows[at].value)
        return form.check(form.default)

    @staticmethod
    def expect(text: str, *parts: str) -> None:
        for part in parts:
            assert " ".join(part.split()) in text


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_every_question_and_every_error_is_whole_on_the_screen(
    template: Template, questionnaire: Questionnaire, columns: int
) -> None:
    reader = Reader(columns)

    def show(form: Form) -> Any:
        taken = reader.show(form)
        # With a server, every question is asked.
        return form.check("postgresql") if form.title == "Database" else taken

    request = NewRequest("shop")
    Interview(request, template.questions, questionnaire, {}, {}, show).run()
    switches = [question for question in ASKED.values() if question["type"] == "bool"]
    # `resources` is not asked; there are a preset, one screen of switches, and the review.
    assert len(reader.titles) == len(ASKED) - 1 - len(switches) + 1 + 1 + 1


def test_the_tutorial_shows_what_is_on_the_screen(
    template: Template, questionnaire: Questionnaire
) -> None:
    shown: dict[str, str] = {}
    typed = {"Name": "shop", "Description": "Keeps the stock of a shop.", "Author": "Ada Lovelace"}

    def show(form: Form) -> Any:
        with terminal() as opened:

            def check(answer: Any) -> Any:
                shown[form.title] = "\n".join(opened.lines())
                return answer

            opened.keys.send_text("\r")
            screen.show(replace(form, check=check))
        return typed.get(form.title) or Reader(80).taken(form)

    Interview(NewRequest("shop"), template.questions, questionnaire, {}, {}, show).run()
    page = (REPOSITORY / "docs/tutorial.md").read_text()
    for title in ("Start with", "Database", "Your answers"):
        assert f"```text\n{shown[title]}\n```" in page, shown[title]


@pytest.mark.parametrize(
    ("database", "pages"), [("SQLite", "plain"), ("None", None)], ids=["database", "none"]
)
def test_an_advice_on_pages_offers_them_where_there_is_a_database(
    template: Template, questionnaire: Questionnaire, database: str, pages: str | None
) -> None:
    given = {"project_name": "shop", "description": "A shop.", "author": ""}
    profile = ["An API and pages alike", *["Not sure"] * 8]
    offered = ["None", "Plain"] if pages else []  # sign-in, and pages
    deployment = [] if pages else ["None"]
    user = User(
        *("Let me choose", "Not sure", *profile, "Flask", database, *offered),
        *([], *deployment, "Create the project"),
    )
    made = Interview(NewRequest("shop"), template.questions, questionnaire, {}, given, user.show)
    assert made.run().get("pages") == pages
    assert user.refused == []
    asked = [form for form in user.seen if form.title == "Pages"]
    assert [form.default for form in asked if isinstance(form, Choose)] == [pages] * len(
        offered[1:]
    )


def test_titles_are_short_and_differ(questionnaire: Questionnaire) -> None:
    filled = questionnaire.fill({}, {}, {})
    titles = [question.title for question in filled.asked]
    titles += [choice.title for question in filled.asked for choice in question.choices]
    assert max(map(len, titles)) <= LONGEST_TITLE
    assert len({question.title for question in filled.asked}) == len(filled.asked)


def test_every_question_and_every_choice_explains_itself(questionnaire: Questionnaire) -> None:
    for question in questionnaire.fill({}, {}, {}).asked:
        assert question.explanation
        assert all(choice.explanation for choice in question.choices)


@pytest.mark.parametrize("framework", ["fastapi", "flask"])
def test_every_preset_is_good_with_each_framework(
    template: Template, questionnaire: Questionnaire, framework: str
) -> None:
    offered = presets(questionnaire.fill({}, {}, {}).facts["presets"], template.questions)
    assert len(offered) >= 4
    for preset in offered:
        filled = questionnaire.fill({"framework": framework}, preset.answers, {})
        assert [question.refused for question in filled.asked if question.refused] == []
        asked = {k: v for k, v in preset.answers.items() if k not in filled.hidden}
        assert asked.items() <= filled.answers.items()
        assert preset.explanation


def test_one_preset_has_every_feature(template: Template, questionnaire: Questionnaire) -> None:
    offered = presets(questionnaire.fill({}, {}, {}).facts["presets"], template.questions)
    found = [questionnaire.fill({}, preset.answers, {}) for preset in offered]
    features = [name for name, values in VALUES.items() if {False, "none"} & set(values)]
    # It starts without a server, so what needs one is not asked.
    assert any(
        all(name in f.hidden or f.answers[name] not in (False, "none") for name in features)
        and f.hidden.keys() & set(features) == {"deploy"}
        for f in found
    )
