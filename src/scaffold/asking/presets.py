"""Answers that go together, by one name: the template's fact `presets`. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scaffold.errors import ScaffoldError
from scaffold.template.questions import Answers, Question, split_label

FACT = "presets"
_ALL = "all"


@dataclass(frozen=True)
class Preset:
    """A kind of project, and the answers that make it one."""

    title: str
    explanation: str
    answers: Answers


def presets(table: Any, questions: Mapping[str, Question]) -> tuple[Preset, ...]:
    """The rows of the table: `Title: explanation`, and answers to some questions, or `all`."""
    if table is None:
        return ()
    if not isinstance(table, Mapping):
        raise ScaffoldError(f"{FACT} of the template is not a table of answers")
    return tuple(_preset(str(words), answers, questions) for words, answers in table.items())


def _preset(words: str, answers: Any, questions: Mapping[str, Question]) -> Preset:
    title, explanation = split_label(words)
    if answers == _ALL:
        answers = _everything(questions)
    if not isinstance(answers, Mapping) or not answers.keys() <= questions.keys():
        raise ScaffoldError(
            f"{FACT} of the template: {words!r} does not answer questions of the template"
        )
    return Preset(title, explanation, answers)


def _everything(questions: Mapping[str, Question]) -> Answers:
    """Every feature: as its default has it, unless that leaves it out."""
    return {
        name: question.on
        for name, question in questions.items()
        if question.off is not None
        and not question.multiselect
        and (question.default == question.off or question.type == "bool")
    }
