"""Questions are asked until every answer is good and the user agrees."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
import questionary

from scaffold.cli import prompts
from scaffold.errors import Interrupted, InvalidAnswer, UsageError
from scaffold.new.plan import NewRequest
from scaffold.template import render
from scaffold.template.questions import Answers, Question
from scaffold.template.render import Rendering
from scaffold.template.template import Template
from tests.cli.conftest import Repository
from tests.unit.conftest import template_at

FRAMEWORK = Question(
    "framework",
    "str",
    ("fastapi", "flask"),
    ("FastAPI", "Flask"),
    help="Which framework?",
    default="fastapi",
)
QUESTIONS = {
    "project_name": Question("project_name", "str", default="api"),
    "framework": FRAMEWORK,
    "websockets": Question("websockets", "bool", default=False),
    "ml": Question("ml", "str", ("none", "onnx")),
}
CREATE, CANCEL, NOT_SURE = "Create the project", "Cancel", "Not sure"
Rule = Callable[[Answers], str | None]


class Terminal:
    """Somebody who chooses from lists, and a Copier that takes what it is given."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.chosen: list[Any] = []
        self.seen: list[tuple[str, list[str], Any]] = []
        self.typed: list[Mapping[str, Any]] = []
        self.interviews: list[tuple[Answers, Answers]] = []
        self.hidden: frozenset[str] = frozenset()

    def select(self, words: str, choices: Sequence[Any], default: Any = None) -> "Terminal":
        self.seen.append((words, [str(choice.title) for choice in choices], default))
        return self

    def unsafe_ask(self) -> Any:
        answer = self.chosen.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def resolve(
        self, template: Template, folder: str, given: Answers, defaults: Answers
    ) -> Rendering:
        own = {name: question.default for name, question in template.questions.items()}
        answers = {**own, **defaults, **given}
        if refused := self.rule(answers):
            raise InvalidAnswer(refused, "Not like this.")
        return Rendering(answers, self.hidden, (), {}, frozenset())

    def interview(
        self, template: Template, folder: str, given: Answers, defaults: Answers
    ) -> Rendering:
        self.interviews.append((given, defaults))
        typed = self.typed.pop(0) if self.typed else {}
        return self.resolve(template, folder, {**given, **typed}, defaults)


def no_spaces(answers: Answers) -> str | None:
    return "project_name" if " " in str(answers["project_name"]) else None


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    terminal = Terminal(no_spaces)
    monkeypatch.setattr(questionary, "select", terminal.select)
    monkeypatch.setattr(render, "resolve", terminal.resolve)
    monkeypatch.setattr(render, "interview", terminal.interview)
    return terminal


def ask(
    released: Repository,
    given: Answers | None = None,
    derived: Answers | None = None,
    folder: str = "api",
    questions: Mapping[str, Question] = QUESTIONS,
) -> Answers:
    template = template_at(released, "HEAD", **questions)
    request = NewRequest(folder, flags=given or {})
    return prompts.ask(request, template, folder, given or {}, derived or {})


def test_answers_are_reviewed_and_taken(
    terminal: Terminal, released: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.chosen = ["flask", CREATE]
    answers = ask(released, {"project_name": "shop"})
    assert answers == {
        "project_name": "shop",
        "framework": "flask",
        "websockets": False,
        "ml": None,
    }
    words, titles, _ = terminal.seen[-1]
    assert words == "These are the answers."
    assert titles == [
        CREATE,
        "Change project_name  shop",
        "Change framework     flask",
        "Change websockets    False",
        "Change ml            None",
        CANCEL,
    ]
    assert capsys.readouterr().out == ""


def test_the_framework_is_asked_with_a_way_out(terminal: Terminal, released: Repository) -> None:
    terminal.chosen = ["fastapi", CREATE]
    ask(released)
    assert terminal.seen[0] == (
        "Which framework?",
        ["FastAPI", "Flask", "Not sure: answer a few questions"],
        "fastapi",
    )


def test_a_framework_that_is_given_is_not_asked(terminal: Terminal, released: Repository) -> None:
    terminal.chosen = [CREATE]
    assert ask(released, {"framework": "flask"})["framework"] == "flask"


@pytest.mark.parametrize(
    "change",
    [
        {"choices": ("fastapi", "django")},
        {"default": "{{ x }}"},
        {"when": "{{ x }}"},
        {"validator": "{% if x %}No{% endif %}"},
        {"help": "Of {{ x }}"},
    ],
)
def test_a_framework_question_with_rules_is_copiers(
    terminal: Terminal, released: Repository, change: dict[str, Any]
) -> None:
    terminal.chosen = [CREATE]
    question = Question(**{**vars(FRAMEWORK), **change})
    ask(released, questions={**QUESTIONS, "framework": question})
    assert len(terminal.seen) == 1


def test_who_is_not_sure_is_advised_and_asked_again(
    terminal: Terminal, released: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    unsure: list[Any] = [NOT_SURE] * 9
    profile = list(unsure)
    profile[0] = "pages"  # serves
    profile[2] = True  # websockets
    profile[3] = True  # ml, which this template has no flag for
    terminal.chosen = [NOT_SURE, *profile, "flask", CREATE]
    answers = ask(released)
    assert answers["framework"] == "flask"
    assert answers["websockets"] is True
    assert answers["ml"] is None
    assert terminal.seen[10][2] == "fastapi"
    assert "FastAPI, 4 to 3: it is close" in capsys.readouterr().err


def test_cancel_ends_it(terminal: Terminal, released: Repository) -> None:
    terminal.chosen = ["flask", CANCEL]
    with pytest.raises(Interrupted, match="cancelled; nothing was created"):
        ask(released)


def test_an_answer_is_changed_in_the_review(terminal: Terminal, released: Repository) -> None:
    terminal.chosen = ["flask", "project_name", CREATE]
    terminal.typed = [{}, {"project_name": "shop"}]
    assert ask(released)["project_name"] == "shop"
    given, defaults = terminal.interviews[1]
    assert "project_name" not in given
    assert given["framework"] == "flask"
    assert defaults["project_name"] == "api"


def test_what_the_change_makes_wrong_is_asked_again_too(
    terminal: Terminal, released: Repository
) -> None:
    def together(answers: Answers) -> str | None:
        wrong = answers["framework"] == "flask" and answers["websockets"] is True
        return "websockets" if wrong else None

    terminal.rule = together
    terminal.chosen = ["fastapi", "framework", CREATE]
    terminal.typed = [{"websockets": True}, *[{"framework": "flask"}] * 3]
    answers = ask(released)
    assert (answers["framework"], answers["websockets"]) == ("flask", False)
    assert "websockets" in terminal.interviews[1][0]
    assert "websockets" not in terminal.interviews[2][0]


def test_a_choice_that_copier_did_not_judge_is_asked_again(
    terminal: Terminal, released: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    judged = iter([None, None, "ml", None, None, None])
    terminal.rule = lambda _: next(judged)
    terminal.chosen = ["flask", CREATE]
    ask(released)
    assert "ml: Not like this." in capsys.readouterr().err
    assert "ml" not in terminal.interviews[-1][0]


@pytest.mark.parametrize(("folder", "names"), [("My Shop", ["my-shop"]), ("日 本", ["service"])])
def test_a_folder_that_is_no_name_gives_way_to_one_like_it(
    terminal: Terminal, released: Repository, folder: str, names: list[str]
) -> None:
    terminal.chosen = ["flask", CREATE]
    answers = ask(released, derived={"project_name": folder}, folder=folder)
    assert [answers["project_name"]] == names


def test_a_derived_default_that_no_name_makes_good_is_left_out(
    terminal: Terminal, released: Repository
) -> None:
    tried: list[Any] = []

    def only_api(answers: Answers) -> str | None:
        tried.append(answers["project_name"])
        return None if answers["project_name"] == "api" else "project_name"

    terminal.rule = only_api
    terminal.chosen = ["flask", CREATE]
    ask(released, derived={"project_name": "class"}, folder="class")
    assert tried[:4] == ["class", "class-service", "my-class-service", "api"]


def test_a_flag_that_a_rule_refuses_is_told_before_anything_is_asked(
    terminal: Terminal, released: Repository
) -> None:
    with pytest.raises(UsageError) as caught:
        ask(released, {"project_name": "My Shop"})
    assert caught.value.message == "--name: 'My Shop': Not like this."
    assert terminal.seen == []


def test_a_flag_for_a_question_that_is_not_asked_is_refused(
    terminal: Terminal, released: Repository
) -> None:
    terminal.hidden = frozenset({"ml"})
    terminal.chosen = ["flask"]
    with pytest.raises(UsageError, match="--ml: ml is not asked together"):
        ask(released, {"ml": "onnx"})


def test_ctrl_c_at_a_question_is_an_interrupt(terminal: Terminal, released: Repository) -> None:
    terminal.chosen = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        ask(released)


def test_a_profile_leaves_out_what_nobody_is_sure_of(terminal: Terminal) -> None:
    terminal.chosen = ["api", NOT_SURE, False, True, *[NOT_SURE] * 5]
    assert prompts.ask_profile({}) == {"serves": "api", "websockets": False, "ml": True}
    assert len(terminal.seen) == 9
    assert terminal.seen[0][1] == [
        "An API for programs",
        "HTML pages that it renders itself",
        "Not sure",
    ]


def test_a_profile_does_not_ask_what_the_flags_answer(terminal: Terminal) -> None:
    terminal.chosen = [NOT_SURE] * 8
    assert prompts.ask_profile({"ml": False, "project_name": "x"}) == {"ml": False}
    assert len(terminal.seen) == 8
