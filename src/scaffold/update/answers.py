"""The answers that an update gives and changes, checked against what the template asks."""

from collections.abc import Mapping
from typing import Any

from scaffold.errors import InvalidAnswer, UsageError
from scaffold.template import resources
from scaffold.template.answers import check_answer
from scaffold.template.answers_file import Record
from scaffold.template.questions import Answers
from scaffold.template.template import Template
from scaffold.update.plan import UpdateRequest


def check_answers(answers: Answers, source: Template) -> Answers:
    for name, value in answers.items():
        if name not in source.questions:
            raise UsageError(
                f"the template does not ask for {name!r}",
                f"it asks for {', '.join(source.questions)}",
            )
        check_answer(source.questions[name], value, name)
    return answers


def feature_answers(request: UpdateRequest, record: Record, source: Template) -> Answers:
    """The answers that bring features in, and leave others out."""
    offered = {name: asked for name, asked in source.questions.items() if asked.off is not None}
    answers = {}
    for feature in (*request.add, *request.remove):
        name, _, value = feature.partition("=")
        if name not in offered or (value and feature in request.remove):
            raise UsageError(f"{feature!r} is not a feature", f"features: {', '.join(offered)}")
        off = offered[name].off
        now = record.answers.get(name, off)
        if feature in request.remove:
            if now == off:
                raise UsageError(f"{name} is not there, so it cannot be removed")
            answers[name] = off
        else:
            if now != off:
                raise UsageError(
                    f"{name} is there already: {_text(now)}", f"`scaffold set {name}=…` changes it"
                )
            answers[name] = value or offered[name].on
    return check_answers(answers, source)


def resource_answers(request: UpdateRequest, record: Record, source: Template) -> Answers:
    """The answer with what is generated, and without the resources that are removed."""
    if not request.generate and not request.remove_resources:
        return {}
    if resources.QUESTION not in source.questions:
        raise UsageError(
            f"version {record.commit} of the template knows no resources",
            "`scaffold update` first: a newer version may know them",
        )
    if record.answers.get("database") == "none":
        raise UsageError(
            "the project has no database to keep resources in", "`scaffold add database` adds one"
        )
    question = source.questions[resources.QUESTION]
    entries = resources.entries_of(record.answers.get(resources.QUESTION, question.default))
    entries = resources.remove(entries, request.remove_resources)
    return {resources.QUESTION: resources.generate(entries, request.generate)}


def explain_invalid_answer(
    error: InvalidAnswer, answers: Answers, request: UpdateRequest
) -> UsageError:
    """A rule of the template, in terms of the project's answers."""
    name = error.question
    value = answers.get(name)
    if name == resources.QUESTION and value is not None:  # the rule names what is wrong in it
        return UsageError(error.message, _resource_hint(request))
    hint = (
        "leave it, or change what it depends on in the same command"
        if request.same_version
        else f"give another answer with --data {name}=…"
    )
    given = f"the default of {name}" if value is None else f"{name}={_text(value)}"
    return UsageError(f"{given}: {error.message}", hint)


def _resource_hint(request: UpdateRequest) -> str:
    if request.remove_resources:
        return "remove what refers to it in the same command"
    return resources.form_hint(word for new in request.generate for word in new.fields)


def check_dropped(answers: Answers, source: Template, hidden: frozenset[str]) -> None:
    """An answer to a question that is not asked would be dropped; that a feature is left out, it is."""
    for name, value in answers.items():
        if name in hidden and value != source.questions[name].off:
            raise UsageError(
                f"{name} is not asked together with the project's other answers",
                "change the answer that it depends on in the same command",
            )


def changed_answers(before: Answers, after: Answers) -> Mapping[str, tuple[Any, Any]]:
    names = dict.fromkeys([*after, *before])
    return {
        name: (before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    }


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
