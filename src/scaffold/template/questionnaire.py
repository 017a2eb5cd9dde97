"""A template's questions as Copier judges them, for any answers: the template is read once."""

import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from scaffold.errors import InvalidAnswer
from scaffold.template import resources
from scaffold.template.calling_copier import calling_copier, copier_errors, reason_of
from scaffold.template.questions import Answers, split_label, split_title, spoken, title_of
from scaffold.template.template import Template

_EXPECTED = {
    "int": "Type a whole number.",
    "float": "Type a number.",
    "json": "Type JSON.",
    "yaml": "Type YAML.",
}


@dataclass(frozen=True)
class Choice:
    """One of the answers to choose from."""

    title: str
    explanation: str
    value: Any


@dataclass(frozen=True)
class Asked:
    """A question that belongs to the other answers, with an answer or its default."""

    name: str
    kind: str  # switch, one, several, text, path, secret or resources
    title: str
    explanation: str
    value: Any
    text: str  # the value as it is typed
    answered: bool
    refused: str  # why the value cannot stay
    required: bool  # there is no default
    multiline: bool
    choices: tuple[Choice, ...]
    check: Callable[
        [Any], Any
    ]  # makes an answer of what was typed or chosen, or says what is wrong

    @property
    def shown(self) -> str:
        """The value in words."""
        return self.text if self.kind in ("text", "path") else self.words(self.value)

    def words(self, value: Any) -> str:
        """An answer in the words of the question."""
        if self.kind == "secret":
            return "********"
        if self.kind == "several":
            return ", ".join(map(self._title, value or ()))
        return self._title(value)

    def _title(self, value: Any) -> str:
        titles = (choice.title for choice in self.choices if choice.value == value)
        return next(titles, resources.spoken_answer(self.name, value))


@dataclass(frozen=True)
class Filled:
    """The whole questionnaire with some answers."""

    asked: tuple[Asked, ...]  # in the order of the template
    hidden: Answers  # the titles of questions that do not belong to these answers
    facts: Answers  # what follows from the answers, by the names of hidden questions

    @property
    def answers(self) -> dict[str, Any]:
        """The answer to each question that is asked."""
        return {question.name: question.value for question in self.asked}


class Questionnaire:
    """What Copier knows of an opened template."""

    def __init__(self, worker: Any) -> None:
        self._worker = worker

    def fill(self, given: Answers, answers: Answers, defaults: Answers) -> Filled:
        """Answer every question: by what is given, which all rules see; else by an answer; else by its default."""
        from copier._types import MISSING, Phase
        from copier._user_data import AnswersMap, Question

        worker = self._worker
        asked: list[Asked] = []
        hidden: dict[str, str] = {}
        facts: dict[str, Any] = {}
        with copier_errors(), warnings.catch_warnings(action="ignore"), Phase.use(Phase.PROMPT):
            worker.answers = AnswersMap(
                init=dict(given),
                user_defaults=dict(defaults),
                metadata=worker.template.metadata,
                external=worker._external_data(),
            )
            for name, details in worker.template.questions_data.items():
                question = Question(
                    answers=worker.answers,
                    context=worker._render_context(),
                    jinja_env=worker.jinja_env,
                    settings=worker.settings,
                    var_name=name,
                    **details,
                )
                if question.get_when():
                    found = _ask(question, {**answers, **given})
                    asked.append(found)
                    worker.answers.user[name] = found.value
                    continue
                worker.answers.hide(name)
                hidden[name] = _titles(question)[0]
                if (value := question.get_default()) is not MISSING:
                    facts[name] = worker.answers.user[name] = value
        return Filled(tuple(asked), hidden, facts)


@contextmanager
def open_questionnaire(template: Template, folder: str) -> Iterator[Questionnaire]:
    """Have Copier read the template, for a project in a folder of that name."""
    with calling_copier(template):
        from copier._main import Worker
        from copier._settings import SettingsModel

        worker = Worker(
            src_path=template.src_path,
            dst_path=template.workspace / folder,
            vcs_ref=template.commit,
            settings=SettingsModel(),
            pretend=True,
            quiet=True,
        )
    try:
        with calling_copier(template):
            worker._check_unsafe("copy")
            environment: Any = worker.jinja_env
            environment.from_string = cache(environment.from_string)  # each text is compiled once
        yield Questionnaire(worker)
    finally:
        worker._cleanup()


def _ask(question: Any, answers: Answers) -> Asked:
    name = question.var_name

    def check(answer: Any) -> Any:
        return _checked(question, answer)

    value, refused, required = None, "", False
    answered = name in answers
    if answered:
        value = answers[name]
        try:
            value = check(value)
        except InvalidAnswer as error:
            refused = error.message
    else:
        value, refused, required = _default(question)
    title, explanation = _titles(question)
    return Asked(
        name=name,
        kind=_kind(question),
        title=title,
        explanation=explanation,
        value=value,
        text=_typed(question, value),
        answered=answered or not (required or question.get_ask()),
        refused=refused,
        required=required,
        multiline=question.get_multiline(),
        choices=tuple(_choices(question)),
        check=check,
    )


def _checked(question: Any, answer: Any) -> Any:
    """An answer as Copier takes it."""
    with warnings.catch_warnings(action="ignore"):
        try:
            value = question.parse_answer(answer)
        except Exception as error:
            reason = reason_of(error) or _EXPECTED.get(question.get_type_name(), str(error))
            raise InvalidAnswer(question.var_name, reason) from error
        try:
            question.validate_answer(value)
        except ValueError as error:
            raise InvalidAnswer(question.var_name, reason_of(error)) from error
    return value


def _default(question: Any) -> tuple[Any, str, bool]:
    """The default, what a rule has against it, and whether there is none."""
    from copier._types import MISSING

    try:
        value = question.get_default()
    except ValueError as error:
        better = question.answers.user_defaults.get(question.var_name, question.default)
        return question.render_value(better), reason_of(error) or str(error), False
    return (None, "", True) if value is MISSING else (value, "", False)


def _titles(question: Any) -> tuple[str, str]:
    title, explanation = split_title(str(question.render_value(question.help or "")))
    return title or title_of(question.var_name), explanation


def _kind(question: Any) -> str:
    if question.choices:
        return "several" if question.multiselect else "one"
    kind = question.get_type_name()
    if question.var_name == resources.QUESTION and kind == "yaml":
        return "resources"
    if kind == "bool":
        return "switch"
    return "secret" if question.secret else "path" if kind == "path" else "text"


def _choices(question: Any) -> Iterator[Choice]:
    for choice in question._formatted_choices if question.choices else ():
        value = question.cast_answer(choice.value)
        label = spoken(value) if choice.title == str(value) else str(choice.title)
        yield Choice(*split_label(label), value)


def _typed(question: Any, value: Any) -> str:
    """A value as somebody would type it."""
    kind = question.get_type_name()
    if value is None:
        return ""
    if kind == "json" and not isinstance(value, str):
        return json.dumps(value, indent=2 if question.get_multiline() else None)
    if kind == "yaml" and not isinstance(value, str):
        text = yaml.safe_dump(value, default_flow_style=not question.get_multiline(), width=10**6)
        return text.removesuffix("\n...\n").strip()
    return str(value)
