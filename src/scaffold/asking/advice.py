"""Asks what an advice on the framework rests on."""

from typing import Any

from scaffold.advise import rules
from scaffold.asking.forms import Back, Choose, Row, Show
from scaffold.template.questions import Answers, Question

_NOT_SURE = object()


def ask_profile(given: Answers, show: Show, *, first: bool = False) -> Answers:
    """Ask what is not given; "Not sure" leaves it out. Raises `Back` unless it is asked first."""
    profile = {
        name: given[name]
        for name, question in rules.QUESTIONS.items()
        if given.get(name) in question.choices
    }
    open_questions = [q for name, q in rules.QUESTIONS.items() if name not in profile]
    chosen: dict[str, Any] = {}
    at = 0
    while at < len(open_questions):
        question = open_questions[at]
        place = f"Question {at + 1} of {len(open_questions)}"
        form = _form(question, place, chosen.get(question.name), first=first and at == 0)
        try:
            chosen[question.name] = show(form)
        except Back:
            if at == 0:
                raise
            at -= 1
        else:
            at += 1
    profile |= {name: answer for name, answer in chosen.items() if answer is not _NOT_SURE}
    return {name: profile[name] for name in rules.QUESTIONS if name in profile}


def _form(question: Question, place: str, default: Any, *, first: bool) -> Choose:
    rows = [
        Row(label, value) for label, value in zip(question.labels, question.choices, strict=True)
    ]
    return Choose(
        title=question.help,
        explanation=place,
        rows=(*rows, Row("Not sure", _NOT_SURE)),
        default=default,
        first=first,
    )
