"""Asks for the framework, and advises who is not sure."""

from dataclasses import replace
from typing import Any

from scaffold import frameworks
from scaffold.advise.advice import give_advice
from scaffold.asking.advice import ask_profile
from scaffold.asking.forms import Back, Choose, Form, Row, Show
from scaffold.console import write_to_stderr
from scaffold.output.text import advice_lines, verdict
from scaffold.template.questions import Answers

_NOT_SURE = object()
_ROW = Row("Not sure", _NOT_SURE, "Answer some questions, and see which fits and why.")


def with_advice(name: str, form: Form) -> Choose | None:
    """The form with the choice to be advised; nothing where the question is another one."""
    if name != "framework" or not isinstance(form, Choose):
        return None
    if {row.value for row in form.rows} != set(frameworks.NAMES):
        return None
    check = form.check
    return replace(
        form,
        rows=(*form.rows, _ROW),
        check=lambda value: value if value is _NOT_SURE else check(value),
    )


def ask_framework(form: Choose, known: Answers, show: Show) -> tuple[Any, Answers]:
    """The framework, and the features that an advice on it brought up."""
    features: Answers = {}
    while (chosen := show(form)) is _NOT_SURE:
        try:
            advice = give_advice(ask_profile(known, show))
        except Back:
            continue
        for line in ("", *advice_lines(advice), ""):
            write_to_stderr(line)
        features = advice.features
        form = replace(form, note=verdict(advice), default=advice.framework)
    return chosen, features
