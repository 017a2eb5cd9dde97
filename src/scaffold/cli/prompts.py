"""Asks what the flags left open; Copier words the questions and judges the answers."""

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from typing import Any

from scaffold import frameworks
from scaffold.advise import rules
from scaffold.advise.advice import give_advice
from scaffold.errors import Interrupted, InvalidAnswer
from scaffold.new.plan import NewRequest
from scaffold.output.text import advice_lines
from scaffold.template import render
from scaffold.template.answers import explain_invalid_answer, reject_hidden
from scaffold.template.project_name import project_name_for
from scaffold.template.questions import Answers, Question
from scaffold.template.render import Rendering
from scaffold.template.template import Template

_CREATE, _CANCEL = "Create the project", "Cancel"  # no question has such a name
_NOT_SURE = "Not sure"


def ask(
    request: NewRequest,
    template: Template,
    folder: str,
    given: Answers,
    derived: Answers,
) -> Answers:
    """Every answer: the open questions one by one, then a review."""
    with redirect_stdout(sys.stderr):  # the questions are no part of the result
        rendering = _interview(request, template, folder, given, derived)
        reject_hidden(request, given, rendering.hidden)
        answers = dict(rendering.answers)
        while (choice := _broken_rule(template, folder, answers) or _review(answers)) != _CREATE:
            if choice == _CANCEL:
                raise Interrupted("cancelled; nothing was created")
            answers = _ask_again(request, template, folder, answers, choice)
    return answers


def _broken_rule(template: Template, folder: str, answers: Answers) -> str | None:
    """The question whose answer breaks a rule: Copier does not judge a choice when it is made."""
    try:
        render.resolve(template, folder, answers, {})
    except InvalidAnswer as error:
        print(f"{error.question}: {error.message}")
        return error.question
    return None


def _interview(
    request: NewRequest, template: Template, folder: str, given: Answers, derived: Answers
) -> Rendering:
    """Ask, once it is clear that the flags and the defaults are good."""
    defaults = _valid_defaults(request, template, folder, given, derived)
    if "framework" not in given and _asks_for_framework(template.questions.get("framework")):
        framework, features = _ask_framework(template.questions, given)
        given = {**given, "framework": framework}
        defaults = {**defaults, **features}
    try:
        return render.interview(template, folder, given, defaults)
    except InvalidAnswer as error:
        raise explain_invalid_answer(error, request, given) from error


def _valid_defaults(
    request: NewRequest, template: Template, folder: str, given: Answers, derived: Answers
) -> Answers:
    """The derived defaults; one that breaks a rule gives way to one that may keep it."""
    defaults = dict(derived)
    name = project_name_for(folder)
    others = {"project_name": [name, f"my-{name}"]}
    while True:
        try:
            render.resolve(template, folder, given, defaults)
        except InvalidAnswer as error:
            if error.question not in defaults:
                raise explain_invalid_answer(error, request, given) from error
            del defaults[error.question]
            if others.get(error.question):
                defaults[error.question] = others[error.question].pop(0)
        else:
            return defaults


def _ask_again(
    request: NewRequest, template: Template, folder: str, answers: Answers, name: str
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
                raise explain_invalid_answer(error, request, others) from error


def ask_profile(given: Answers) -> Answers:
    """Ask what an advice needs to know and is not given; "Not sure" leaves it out."""
    profile = {}
    with redirect_stdout(sys.stderr):
        for name, question in rules.QUESTIONS.items():
            is_answered = given.get(name) in question.choices
            answer = given[name] if is_answered else _select(question, _NOT_SURE)
            if answer != _NOT_SURE:
                profile[name] = answer
    return profile


def _asks_for_framework(question: Question | None) -> bool:
    """The question that an advice answers; one that a rule words or judges is Copier's alone."""
    return (
        question is not None
        and set(question.choices) == set(frameworks.NAMES)
        and question.default in question.choices
        and question.when is True
        and not question.validator
        and "{" not in question.help
    )


def _select(question: Question, not_sure: str) -> Any:
    """Ask a question that may be left open, in the words that it has."""
    import questionary

    choices = [*map(questionary.Choice, question.labels, question.choices)]
    choices.append(questionary.Choice(not_sure, _NOT_SURE))
    words = question.help or question.name
    return questionary.select(words, choices, default=question.default).unsafe_ask()


def _ask_framework(questions: Mapping[str, Question], given: Answers) -> tuple[str, Answers]:
    """The framework, and the features that an advice on it brought up, as defaults."""
    question = questions["framework"]
    features: Answers = {}
    while (chosen := _select(question, f"{_NOT_SURE}: answer a few questions")) == _NOT_SURE:
        advised = give_advice(ask_profile(given))
        print("", *advice_lines(advised), "", sep="\n")
        question = replace(question, default=advised.framework)
        features = {
            name: True
            for name in advised.features
            if name in questions and questions[name].is_switch
        }
    return chosen, features


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
