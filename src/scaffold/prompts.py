"""Asks what the flags left open; Copier words the questions and judges the answers."""

import sys
from contextlib import redirect_stdout
from typing import Any

from scaffold import answers as known
from scaffold import render
from scaffold.console import Console
from scaffold.errors import Interrupted, InvalidAnswer
from scaffold.project import Answers, Request, Template
from scaffold.render import Rendering

_CREATE, _CANCEL = "create", "cancel"


def ask(
    request: Request,
    template: Template,
    folder: str,
    given: Answers,
    derived: Answers,
    console: Console,
) -> Answers:
    """Every answer: the open questions one by one, then a review."""
    with redirect_stdout(sys.stderr):  # the questions are no part of the result
        rendering = _interview(request, template, folder, given, derived, console)
        known.refuse_hidden(request, given, rendering.hidden)
        answers = dict(rendering.answers)
        while (choice := _review(answers)) != _CREATE:
            if choice == _CANCEL:
                raise Interrupted("cancelled; nothing was created")
            answers = _change(template, folder, answers, choice)
    return answers


def _interview(
    request: Request,
    template: Template,
    folder: str,
    given: Answers,
    derived: Answers,
    console: Console,
) -> Rendering:
    """Ask; a derived default that a rule refuses is replaced by one that it may accept."""
    defaults = dict(derived)
    attempts = {
        "project_name": [known.project_name_for(folder), f"my-{known.project_name_for(folder)}"]
    }
    while True:
        try:
            return render.interview(template, folder, given, defaults)
        except InvalidAnswer as error:
            if error.question in given or error.question not in defaults:
                raise known.explained(error, request, given) from error
            del defaults[error.question]
            if attempts.get(error.question):
                defaults[error.question] = attempts[error.question].pop(0)


def _change(template: Template, folder: str, answers: Answers, name: str) -> dict[str, Any]:
    """Ask one question again, and those that its new answer brings up or makes wrong."""
    kept = dict(answers)
    again: list[str] = [name]
    while True:
        others = {key: value for key, value in kept.items() if key not in again}
        try:
            rendering = render.interview(template, folder, others, kept)
            return dict(rendering.answers)
        except InvalidAnswer as error:
            if error.question not in others:
                kept.pop(error.question, None)
            again.append(error.question)


def _review(answers: Answers) -> str:
    import questionary

    width = max(map(len, answers), default=0)
    choices = [questionary.Choice("Create the project", _CREATE)]
    choices += [
        questionary.Choice(f"Change {name:<{width}}  {value}".rstrip(), name)
        for name, value in answers.items()
    ]
    choices.append(questionary.Choice("Cancel", _CANCEL))
    choice: str = questionary.select("These are the answers.", choices).unsafe_ask()
    return choice
