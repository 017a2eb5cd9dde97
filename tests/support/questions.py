"""The questions of copier.yml as tests see them: what can be answered, and what follows from it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from copier._jinja_ext import YieldExtension
from jinja2 import FileSystemLoader, Template
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import missing

from tests.support import resources

REPOSITORY = Path(__file__).parents[2]
CONFIGURATION: dict[str, Any] = yaml.safe_load((REPOSITORY / "copier.yml").read_text())
QUESTIONS = {key: value for key, value in CONFIGURATION.items() if not key.startswith("_")}
# Those that somebody is asked; the others are facts that follow from the answers.
ASKED = {key: value for key, value in QUESTIONS.items() if value.get("when") is not False}
# The ownership table: a path, and the condition under which no project has it.
OWNED = re.compile(r"\{\{ '/(?P<path>[^']+)' if (?P<condition>.+) \}\}")
TABLE = {
    match["path"]: match["condition"]
    for pattern in CONFIGURATION["_exclude"]
    if (match := OWNED.fullmatch(pattern))
}

Value = str | bool
Result = TypeVar("Result")
Answers = Mapping[str, Value]
# What can be answered to a question where these answers are known.
Offered = Callable[[str, Answers], Sequence[Value]]


def choices(name: str) -> tuple[Value, ...]:
    """The answers that a question offers; none where it takes any text."""
    question = ASKED[name]
    if question["type"] == "bool":
        return (False, True)
    offered = question.get("choices", ())
    return tuple(offered.values() if isinstance(offered, dict) else offered)


# What combinations are made of: the questions with a limited number of answers.
VALUES = {name: offered for name in ASKED if (offered := choices(name))}
# The other questions with their defaults, as text.
TEXTS: dict[str, Value] = {
    name: question["default"] for name, question in ASKED.items() if name not in VALUES
}
# Awkward, but valid; and empty where that makes another text.
AWKWARD: dict[str, tuple[Value, ...]] = {
    "project_name": ("my-shop2",),
    "description": ("Zoë's \u00ab50 %\u00bb shop: #1 & <best>!",),
    "author": ("O'Brien & Søn", ""),
    "resources": (resources.EVERY_TYPE, resources.NONE, TEXTS["resources"]),
}


class Unanswered(Exception):
    """A template reads the answer to this question, and there is none."""

    def __init__(self, question: str) -> None:
        super().__init__(question)
        self.question = question


class _Reader(Context):
    """Finds the variables of a template in the answers, and raises Unanswered for one that is not there."""

    def resolve_or_missing(self, key: str) -> Any:
        found = super().resolve_or_missing(key)
        if found is missing and key in QUESTIONS:
            return answer(key, super().resolve_or_missing("_answers"))
        return found


@cache
def environment() -> SandboxedEnvironment:
    """An environment like Copier's own, which reads the answers one by one."""
    env = SandboxedEnvironment(
        loader=FileSystemLoader(REPOSITORY),
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension", YieldExtension],
        keep_trailing_newline=True,
        **CONFIGURATION["_envops"],
    )
    env.context_class = _Reader
    return env


@cache
def _compiled(text: str) -> Template:
    return environment().from_string(text)


def render(text: str, answers: Answers) -> str:
    """What a text of copier.yml becomes."""
    return _compiled(text).render(_answers=answers)


def holds(condition: str, answers: Answers) -> bool:
    """Whether a condition of the ownership table holds."""
    return bool(render("{{ 'yes' if " + condition + " }}", answers))


def answer(name: str, answers: Answers) -> Any:
    """What was answered, or the fact that follows from the answers."""
    if name in answers:
        return _parsed(str(answers[name])) if is_data(name) else answers[name]
    if name in ASKED:
        raise Unanswered(name)
    return _follows(name, answers)


def _follows(name: str, answers: Answers) -> Any:
    """The fact that follows from the answers."""
    read: dict[str, Value] = {}
    while isinstance(found := _fact(name, frozenset(read.items())), Unanswered):
        if found.question not in answers:
            raise Unanswered(found.question)
        read[found.question] = answers[found.question]
    return found


@cache
def _fact(name: str, read: frozenset[tuple[str, Value]]) -> Any:
    """What follows from those answers alone that a fact reads, or the question that it asks next.

    Thousands of forms need the same few facts, and to work one out takes longer than to render a file.
    """
    try:
        return _typed(name, render(str(QUESTIONS[name]["default"]), dict(read)))
    except Unanswered as missing:
        return missing


def is_data(name: str) -> bool:
    """Whether the answer to a question is a structure, which is told as text."""
    return name in ASKED and bool(ASKED[name]["type"] == "yaml")


def default(name: str) -> Value:
    """The answer to a question that was given none."""
    value: Value = _typed(name, render(str(ASKED[name]["default"]), {}))
    return value


def _typed(name: str, text: str) -> Any:
    return text if QUESTIONS[name]["type"] == "str" else _parsed(text)


def is_asked(name: str, answers: Answers) -> bool:
    """Whether the condition of a question holds."""
    return bool(_parsed(render(str(ASKED[name].get("when", True)), answers)))


@cache
def _parsed(text: str) -> Any:
    """What a text says in YAML; there are few texts, and they come some thousand times."""
    return yaml.load(text, yaml.CSafeLoader)


@cache
def _read_by(text: str) -> frozenset[str]:
    """The questions that a text of copier.yml asks for, those behind its facts included."""
    env = environment()
    named = find_undeclared_variables(env.parse(text)) & QUESTIONS.keys()
    facts = named - ASKED.keys()
    behind = (_read_by(str(QUESTIONS[fact]["default"])) for fact in facts)
    return frozenset(named & ASKED.keys()).union(*behind)


@cache
def _rule_reads(name: str) -> frozenset[str]:
    """The questions that decide whether an answer to this one is allowed; none where all are."""
    question = ASKED[name]
    texts = (str(question.get(part, "")) for part in ("when", "validator"))
    read = frozenset().union(*map(_read_by, texts))
    return (read | {name}) & VALUES.keys() if read else read


@cache
def _allowed(name: str, known: frozenset[tuple[str, Value]]) -> bool:
    answers = {**TEXTS, **dict(known)}
    if not is_asked(name, answers):
        return answers[name] == default(name)
    return not render(str(ASKED[name].get("validator", "")), answers).strip()


def _breaks_a_rule(answers: Answers) -> bool:
    """Whether a rule is broken whose answers are all known."""
    for name in VALUES:
        read = _rule_reads(name)
        known = frozenset((n, answers[n]) for n in read & answers.keys())
        if read and len(known) == len(read) and not _allowed(name, known):
            return True
    return False


@cache
def _bound() -> tuple[str, ...]:
    """The questions that some rule reads."""
    read = frozenset().union(*map(_rule_reads, VALUES))
    return tuple(name for name in VALUES if name in read)


def feasible(answers: Answers) -> bool:
    """Whether some project has all of these answers."""
    return _completable(frozenset((n, answers[n]) for n in _bound() if n in answers))


@cache
def _completable(known: frozenset[tuple[str, Value]]) -> bool:
    answers = dict(known)
    if _breaks_a_rule(answers):
        return False
    name = next((n for n in _bound() if n not in answers), None)
    if name is None:
        return True
    return any(_completable(known | {(name, value)}) for value in VALUES[name])


def possible(name: str, answers: Answers) -> list[Value]:
    """The values of a question that go with these answers."""
    values = VALUES.get(name) or AWKWARD.get(name) or (TEXTS[name],)
    return [value for value in values if feasible({**answers, name: value})]


def each_way(
    work: Callable[[Answers], Result], answers: Answers, offered: Offered = possible
) -> Iterator[tuple[Answers, Result]]:
    """What the work comes to for all answers that it reads beyond those given, each with its result."""
    try:
        result = work(answers)
    except Unanswered as missing:
        for value in offered(missing.question, answers):
            yield from each_way(work, {**answers, missing.question: value}, offered)
    else:
        yield answers, result


def owners(path: str) -> list[str]:
    """The paths in the ownership table that a file falls under; `*` is any folder or file."""
    return [p for p in TABLE if _under(p).match(path)]


@cache
def _under(owner: str) -> re.Pattern[str]:
    return re.compile(re.escape(owner).replace(r"\*", "[^/]+") + "(/|$)")


def is_left_out(path: str, answers: Answers) -> bool:
    """Whether a project with these answers lacks the file; raises Unanswered where that depends on more."""
    return any(holds(TABLE[p], answers) for p in owners(path))
