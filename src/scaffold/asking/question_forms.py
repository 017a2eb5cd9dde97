"""The form of one question of a template, or of several that are answered with yes or no. No I/O."""

from collections.abc import Sequence
from typing import Any

from scaffold.asking.forms import Choose, Form, Row, Tick, Type
from scaffold.errors import InvalidAnswer, UsageError
from scaffold.template.questionnaire import Asked

_YES_OR_NO = (Row("Yes", True), Row("No", False))


def form_of(question: Asked, offered: Asked, note: str, above: tuple[str, ...]) -> Form:
    """How a question is asked, with the answer of `offered` to begin with."""
    words: dict[str, Any] = {
        "title": question.title,
        "explanation": question.explanation,
        "note": note,
        "above": above,
        "check": question.check,
    }
    rows = tuple(Row(c.title, c.value, c.explanation) for c in question.choices)
    match question.kind:
        case "switch":
            return Choose(**words, rows=_YES_OR_NO, default=offered.value)
        case "one":
            return Choose(**words, rows=rows, default=offered.value)
        case "several":
            return Tick(**words, rows=rows, ticked=tuple(offered.value or ()))
    return Type(
        **words,
        default=offered.text,
        secret=question.kind == "secret",
        path=question.kind == "path",
        multiline=question.multiline,
    )


def form_of_switches(
    questions: Sequence[Asked], offered: Sequence[Asked], note: str, above: tuple[str, ...]
) -> Tick:
    """How questions of yes or no are asked together: the answer is the names of those with yes."""

    def check(ticked: list[str]) -> list[str]:
        for question in questions:
            try:
                question.check(question.name in ticked)
            except InvalidAnswer as error:
                raise UsageError(f"{question.title}: {error.message}") from error
        return ticked

    return Tick(
        title="Features",
        explanation="What else it has.",
        note=note,
        above=above,
        rows=tuple(Row(q.title, q.name, q.explanation) for q in questions),
        ticked=tuple(question.name for question in offered if question.value),
        check=check,
    )
