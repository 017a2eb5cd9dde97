"""Asks what the flags left open; Copier words the questions and judges the answers."""

import sys
from contextlib import redirect_stdout
from typing import Any

from scaffold import answers as known
from scaffold import render
from scaffold.errors import Interrupted, InvalidAnswer
from scaffold.project import Answers, Request, Template
from scaffold.render import Rendering

_CREATE, _CANCEL = "Create the project", "Cancel"  # no question has such a name


def ask(
    request: Request,
    template: Template,
    folder: str,
    given: Answers,
    derived: Answers,
) -> Answers:
    """Every answer: the open questions one by one, then a review."""
    with redirect_stdout(sys.stderr):  # the questions are no part of the result
        rendering = _interview(request, template, folder, given, derived)
        known.refuse_hidden(request, given, rendering.hidden)
        answers = dict(rendering.answers)
        while (choice := _refused(template, folder, answers) or _review(answers)) != _CREATE:
            if choice == _CANCEL:
                raise Interrupted("cancelled; nothing was created")
            answers = _change(request, template, folder, answers, choice)
    return answers


def _refused(template: Template, folder: str, answers: Answers) -> str | None:
    """The question whose answer breaks a rule: Copier does not judge a choice when it is made."""
    try:
        render.resolve(template, folder, answers, {})
    except InvalidAnswer as error:
        print(f"{error.question}: {error.message}")
        return error.question
    return None


def _interview(
    request: Request, template: Template, folder: str, given: Answers, derived: Answers
) -> Rendering:
    """Ask, once it is clear that the flags and the defaults are good."""
    defaults = _acceptable(request, template, folder, given, derived)
    try:
        return render.interview(template, folder, given, defaults)
    except InvalidAnswer as error:
        raise known.explained(error, request, given) from error


def _acceptable(
    request: Request, template: Template, folder: str, given: Answers, derived: Answers
) -> Answers:
    """The derived defaults; one that a rule refuses gives way to one that may be accepted."""
    defaults = dict(derived)
    name = known.project_name_for(folder)
    others = {"project_name": [name, f"my-{name}"]}
    while True:
        try:
            render.resolve(template, folder, given, defaults)
        except InvalidAnswer as error:
            if error.question not in defaults:
                raise known.explained(error, request, given) from error
            del defaults[error.question]
            if others.get(error.question):
                defaults[error.question] = others[error.question].pop(0)
        else:
            return defaults


def _change(
    request: Request, template: Template, folder: str, answers: Answers, name: str
) -> dict[str, Any]:
    """Ask one question again, and those that its new answer brings up or makes wrong."""
    again = {name}
    defaults = dict(answers)
    while True:
        others = {key: value for key, value in answers.items() if key not in again}
        try:
            return dict(render.interview(template, folder, others, defaults).answers)
        except InvalidAnswer as error:
            if error.question in others:
                again.add(error.question)
            elif error.question in defaults:
                del defaults[error.question]
            else:
                raise known.explained(error, request, others) from error


def _review(answers: Answers) -> str:
    import questionary

    width = max(map(len, answers), default=0)
    choices = [questionary.Choice(_CREATE)]
    choices += [
        questionary.Choice(f"Change {name:<{width}}  {value}".rstrip(), name)
        for name, value in answers.items()
    ]
    choices.append(questionary.Choice(_CANCEL))
    choice: str = questionary.select("These are the answers.", choices).unsafe_ask()
    return choice
