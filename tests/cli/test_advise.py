"""The advice follows from one table, and every word of it can be traced back."""

import re
from pathlib import Path

import pytest
import yaml

from scaffold.advise.advice import flag, give_advice, option
from scaffold.advise.rules import QUESTIONS, RULES, Rule
from scaffold.frameworks import DEFAULT, NAMES
from scaffold.template.questions import Answers
from tests.cli.conftest import Cli

ROOT = Path(__file__).parents[2]

# What articles that compare the two would say of such a service, in our words
# (docs/decisions/0070-advice-is-a-table.md).
PROFILES: dict[str, tuple[str, dict[str, str | bool]]] = {
    # API first
    "an API": ("fastapi", {"serves": "api"}),
    "an API for a front end in JavaScript": ("fastapi", {"serves": "api", "prototype": False}),
    "an API for a mobile app": ("fastapi", {"serves": "api", "concurrency": "hundreds"}),
    "a public API with documents": ("fastapi", {"serves": "api", "api_docs": True}),
    "an internal API with documents": (
        "fastapi",
        {"serves": "api", "api_docs": True, "concurrency": "few"},
    ),
    "a microservice among others": (
        "fastapi",
        {"serves": "api", "concurrency": "hundreds", "type_hints": True},
    ),
    "a team fond of type hints": ("fastapi", {"serves": "api", "type_hints": True}),
    "an API by a team that knows async": ("fastapi", {"serves": "api", "async": True}),
    "a small API by a team that knows async": (
        "fastapi",
        {"serves": "api", "async": True, "concurrency": "few"},
    ),
    "an API by beginners in type hints": ("fastapi", {"serves": "api", "type_hints": False}),
    # many clients at once
    "thousands of clients": ("fastapi", {"concurrency": "thousands"}),
    "a gateway that waits for other services": (
        "fastapi",
        {"serves": "api", "concurrency": "thousands", "async": True},
    ),
    "thousands of clients, and a team that knows Flask": (
        "fastapi",
        {"serves": "api", "concurrency": "thousands", "flask": "team"},
    ),
    "thousands of clients for what is Flask code today": (
        "fastapi",
        {"serves": "api", "concurrency": "thousands", "flask": "code"},
    ),
    "thousands of clients, and a team new to async": (
        "fastapi",
        {"serves": "api", "concurrency": "thousands", "async": False},
    ),
    # real time
    "a chat": ("fastapi", {"websockets": True, "concurrency": "thousands"}),
    "a small chat": ("fastapi", {"websockets": True, "concurrency": "few"}),
    "live figures beside an API": ("fastapi", {"serves": "api", "websockets": True}),
    "live figures by a team that knows Flask": (
        "fastapi",
        {"serves": "api", "websockets": True, "flask": "team"},
    ),
    "a prototype in real time with an API": (
        "fastapi",
        {"serves": "api", "websockets": True, "prototype": True},
    ),
    # models
    "a model": ("fastapi", {"ml": True}),
    "a model for an internal tool": ("fastapi", {"ml": True, "concurrency": "few"}),
    "a model behind an API": ("fastapi", {"serves": "api", "ml": True, "async": False}),
    "a model and live figures": ("fastapi", {"ml": True, "websockets": True, "prototype": True}),
    "a model with many clients": ("fastapi", {"ml": True, "concurrency": "hundreds"}),
    # pages
    "pages": ("flask", {"serves": "pages"}),
    "a dashboard for a small business": ("flask", {"serves": "pages", "concurrency": "few"}),
    "an admin tool with forms": ("flask", {"serves": "pages", "concurrency": "few", "ml": False}),
    "a blog": ("flask", {"serves": "pages", "websockets": False, "api_docs": False}),
    # Both have pages: these follow from the rest of what they need.
    "pages with hundreds of readers": ("fastapi", {"serves": "pages", "concurrency": "hundreds"}),
    "pages that show a prediction": ("fastapi", {"serves": "pages", "ml": True}),
    # prototypes and few clients
    "a prototype": ("flask", {"prototype": True}),
    "a prototype of an API with few clients": (
        "flask",
        {"serves": "api", "prototype": True, "concurrency": "few"},
    ),
    "a demonstration of a model by a team that knows Flask": (
        "flask",
        {"ml": True, "prototype": True, "flask": "team"},
    ),
    "few clients and nothing else": ("flask", {"concurrency": "few"}),
    # what the team knows and has
    "a team that knows Flask": ("flask", {"flask": "team"}),
    "a small API by a team that knows Flask": (
        "flask",
        {"serves": "api", "flask": "team", "concurrency": "few"},
    ),
    "Flask extensions that should stay": ("flask", {"serves": "api", "flask": "code"}),
    "a Flask application that grows": (
        "flask",
        {"flask": "code", "concurrency": "hundreds", "api_docs": True},
    ),
    "a team new to async and type hints": (
        "flask",
        {"serves": "api", "async": False, "type_hints": False},
    ),
}


def named(rule: Rule) -> str:
    return flag(rule.question, rule.answer)


def figures(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:\.\d+)?", text.replace(",", "")))


def options(profile: Answers) -> list[str]:
    return [word for name in profile for word in flag(name, profile[name]).split()]


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_each_rule_moves_the_score_to_its_framework(rule: Rule) -> None:
    without = give_advice({})
    alone = give_advice({rule.question: rule.answer})
    moved = {name: alone.score[name] - without.score[name] for name in alone.score}
    other = "flask" if rule.framework == "fastapi" else "fastapi"
    assert moved == {rule.framework: rule.weight, other: 0}
    assert alone.framework == rule.framework
    assert alone.reasons_for == (rule,)


def test_no_answer_has_two_rules() -> None:
    assert len({(rule.question, rule.answer) for rule in RULES}) == len(RULES)


def test_each_question_decides_something() -> None:
    assert {rule.question for rule in RULES} == set(QUESTIONS)
    for rule in RULES:
        assert rule.answer in QUESTIONS[rule.question].choices


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_each_reason_rests_on_something_that_can_be_looked_up(rule: Rule) -> None:
    assert rule.ground.startswith(("measured: ", "property: "))
    if not rule.source.startswith("https://"):
        assert figures(rule.ground) <= figures((ROOT / rule.source).read_text())


def test_there_are_forty_profiles() -> None:
    assert len(PROFILES) == 40


@pytest.mark.parametrize("name", PROFILES)
def test_the_advice_is_that_of_the_decision_tables(name: str) -> None:
    framework, profile = PROFILES[name]
    assert give_advice(profile).framework == framework


@pytest.mark.parametrize("name", PROFILES)
def test_each_reason_belongs_to_an_answer_and_the_score_is_their_sum(name: str) -> None:
    _, profile = PROFILES[name]
    advice = give_advice(profile)
    reasons = (*advice.reasons_for, *advice.reasons_against)
    assert all(profile[rule.question] == rule.answer for rule in reasons)
    assert {rule.framework for rule in advice.reasons_for} <= {advice.framework}
    assert advice.framework not in {rule.framework for rule in advice.reasons_against}
    assert advice.score[advice.framework] == sum(rule.weight for rule in advice.reasons_for)
    assert sum(advice.score.values()) == sum(rule.weight for rule in reasons)


@pytest.mark.parametrize("name", PROFILES)
def test_what_would_change_the_advice_does(name: str) -> None:
    _, profile = PROFILES[name]
    advice = give_advice(profile)
    told = {(change.question, change.answer) for change in advice.would_change}
    for question in QUESTIONS.values():
        for answer in question.choices:
            other = give_advice({**profile, question.name: answer})
            assert (other.framework != advice.framework) == ((question.name, answer) in told)


def test_without_an_answer_the_advice_rests_on_nothing(cli: Cli) -> None:
    assert not give_advice({}).grounded
    ran = cli.run("advise", "--flask", "none")
    assert "FastAPI: the default, as no answer speaks for either framework\n\nNext\n" in ran.out
    assert "For FastAPI" not in ran.out


def test_the_default_is_the_templates() -> None:
    document = yaml.safe_load((ROOT / "copier.yml").read_text())
    assert document["framework"]["default"] == DEFAULT
    assert set(document["framework"]["choices"].values()) == set(NAMES)


def test_even_is_the_default_and_says_so(cli: Cli) -> None:
    ran = cli.run("advise", "--serves", "api", "--flask", "team")
    assert "\nFastAPI, 2 to 2: even, so it is the default\n\nNext\n" in ran.out


def test_a_narrow_advice_says_that_it_is_close(cli: Cli) -> None:
    assert "it is close" in cli.run("advise", "--serves", "pages", "--ml").out
    assert "it is close" not in cli.run("advise", "--serves", "api").out


def test_the_text_names_reasons_and_the_command_that_follows(cli: Cli) -> None:
    ran = cli.run("advise", "--serves", "api", "--websockets", "--no-async")
    assert (ran.code, ran.err) == (0, "")
    for rule in RULES:
        shown = named(rule) in ("--serves api", "--websockets", "--no-async")
        assert (f"{rule.weight}  {named(rule)}: {rule.reason}" in ran.out) == shown
        assert (f"{rule.ground} ({rule.source})" in ran.out) == shown
    assert (
        ran.out.index("For FastAPI")
        < ran.out.index("Against FastAPI")
        < ran.out.index("would change")
    )
    assert ran.out.endswith("Next\n  scaffold new DEST --framework fastapi --websockets\n")


@pytest.mark.parametrize(
    "name", ["a chat", "an admin tool with forms", "a Flask application that grows"]
)
def test_json_has_everything(cli: Cli, name: str) -> None:
    framework, profile = PROFILES[name]
    ran = cli.run("advise", "--json", *options(profile))
    advice = give_advice(profile)
    assert (ran.code, ran.err) == (0, "")
    assert ran.json == {
        "status": "advised",
        "framework": framework,
        "grounded": True,
        "close": advice.close,
        "score": advice.score,
        "profile": profile,
        "reasons_for": [vars(rule) for rule in advice.reasons_for],
        "reasons_against": [vars(rule) for rule in advice.reasons_against],
        "would_change": [vars(change) for change in advice.would_change],
        "command": advice.command,
        "notes": [],
    }


def test_the_command_that_follows_is_taken(cli: Cli) -> None:
    command = cli.run("advise", "--json", "--ml", "--websockets", "--flask=code").json["command"]
    words = command.replace("DEST", "api").split()
    assert cli.run(*words[1:], "--yes", "--dry-run", "--no-install").code == 0


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--serves=page"], ["--serves", "api, pages", "did you mean pages?"]),
        (["--concurrency=thousand"], ["few, hundreds, thousands", "did you mean thousands?"]),
        (["--flask=teams"], ["--flask", "code, team, none", "did you mean team?"]),
        (["--ml=yes"], ["--ml", "does not take a value"]),
        (["--yes"], ["No such option: --yes"]),
        ([], ["no terminal", *map(option, QUESTIONS)]),
        (["--json"], ["no terminal", *map(option, QUESTIONS)]),
    ],
    ids=" ".join,
)
def test_wrong_usage_names_what_is_allowed(cli: Cli, args: list[str], words: list[str]) -> None:
    ran = cli.run("advise", *args)
    assert ran.code == 2
    assert [word for word in words if word not in ran.err] == []


def test_each_question_has_its_option(cli: Cli) -> None:
    shown = set(re.findall(r"(?<![\w-])--[a-z-]+", cli.run("advise", "--help").out))
    answers = {
        flag(question.name, answer).split()[0]
        for question in QUESTIONS.values()
        for answer in question.choices
    }
    assert shown - answers == {"--json", "--debug", "--help"}
    assert answers <= shown


def test_the_manual_has_the_table_of_rules() -> None:
    names = {"fastapi": "FastAPI", "flask": "Flask"}
    page = (ROOT / "docs" / "advise.md").read_text()
    rows = [
        f"| `{named(rule)}` | {names[rule.framework]} | {rule.weight} | {rule.reason} "
        f"| {rule.ground} ({source(rule)}) |"
        for rule in RULES
    ]
    assert "\n".join(rows) in page


def source(rule: Rule) -> str:
    """A link, or the name of a file that is not in the manual."""
    where = rule.source
    if where.startswith(("https://", "docs/")):
        return f"[source]({where.removeprefix('docs/')})"
    return f"`{where}`"


def test_the_questions_fit_into_eighty_columns() -> None:
    words = [text for q in QUESTIONS.values() for text in (q.help, *q.labels)]
    assert [text for text in words if len(text) > 76] == []
