"""What the user has answered already, checked against what the template asks."""

import difflib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from scaffold.errors import InvalidAnswer, UsageError
from scaffold.template import resources
from scaffold.template.flags import flag_of
from scaffold.template.project_name import project_name_for
from scaffold.template.questions import Answers, Question
from scaffold.template.request import TemplateRequest

_BOOLEANS = ("true", "false", "yes", "no", "on", "off", "1", "0")
_METADATA = ("_commit", "_src_path")  # so that another project's answers file can be given


def given_answers(request: TemplateRequest, questions: Mapping[str, Question]) -> dict[str, Any]:
    """The answers of flags, `--data` and `--data-file`, the first of these that has one."""
    answers = {**_read_file(request.data_file), **parse_pairs(request.data), **request.flags}
    if option := _resource_option(request):
        if resources.QUESTION in answers:
            raise UsageError(
                f"{option}: {resources.QUESTION} is answered twice",
                "give either that, or the whole answer in --data or --data-file",
            )
        example = questions.get(resources.QUESTION)
        answers[resources.QUESTION] = [
            *(resources.entries_of(example.default) if example and not request.no_items else ()),
            *(new.entry for new in request.resources),
        ]
    sources = _how_given(request, answers)
    for name, value in answers.items():
        if name not in questions:
            asks = f"it asks for {', '.join(questions)}" if questions else "it asks nothing"
            raise UsageError(
                f"{sources[name]}: the template does not ask for {name!r}",
                "; ".join(filter(None, (asks, _did_you_mean(name, questions)))),
            )
        check_answer(questions[name], value, sources[name])
    return {name: answers[name] for name in questions if name in answers}


def derived_defaults(
    questions: Mapping[str, Question], folder: str, identity: Mapping[str, str]
) -> dict[str, Any]:
    """Defaults that are better than the template's."""
    better = {"project_name": folder, "author": identity.get("user.name", "")}
    known = {name: value for name, value in better.items() if name in questions and value}
    return {name: value for name, value in known.items() if _is_utf8(value)}


def parse_pairs(data: Iterable[str], flag: str = "--data ") -> dict[str, str]:
    """Answers as the command line gives them, after a flag or without."""
    answers = {}
    for pair in data:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"{flag}{pair!r} is not KEY=VALUE")
        answers[name] = value
    return answers


def reject_hidden(request: TemplateRequest, answers: Answers, hidden: Iterable[str]) -> None:
    """Raise an error for an answer to a question that is not asked; Copier would drop it."""
    for name in hidden:
        if name == resources.QUESTION and request.resources:
            raise UsageError(
                "--resource: a resource is kept in a database, and there is none",
                "choose a database, or leave the resource out",
            )
        if name in answers and not (name == resources.QUESTION and request.no_items):
            flag = _how_given(request, answers)[name]
            raise UsageError(
                f"{flag}: {name} is not asked together with the other answers",
                "leave it out, or change the answer that it depends on",
            )


def explain_invalid_answer(
    error: InvalidAnswer, request: TemplateRequest, answers: Answers
) -> UsageError:
    """A rule of the template in terms of the flag that broke it."""
    name = error.question
    flag = flag_of(name)
    if name in answers:
        given = _how_given(request, answers)[name]
        if name == resources.QUESTION:  # the rule names what is wrong in so long an answer
            words = [word for new in request.resources for word in new.fields]
            return UsageError(error.message, resources.form_hint(words))
        text = str(answers[name])
        names = [project_name_for(text)] if name == "project_name" else []
        return UsageError(
            f"{given}: {answers[name]!r}: {error.message}", _did_you_mean(text, names)
        )
    if name == "project_name":
        folder = Path(request.dest).resolve().name
        return UsageError(
            f"{folder!r} cannot be the project's name: {error.message}",
            f"add {flag} {project_name_for(folder)}",
        )
    return UsageError(f"the default of {name} is refused: {error.message}", f"give {flag}")


def _how_given(request: TemplateRequest, answers: Iterable[str]) -> dict[str, str]:
    """How each answer was given, as the user would look for it."""
    given_as_data = parse_pairs(request.data)
    option = _resource_option(request)
    return {
        name: option
        if option and name == resources.QUESTION
        else flag_of(name)
        if name in request.flags
        else f"--data {name}"
        if name in given_as_data
        else f"--data-file {request.data_file}, {name}"
        for name in answers
    }


def _resource_option(request: TemplateRequest) -> str:
    """The option that answers with resources; nothing where neither was given."""
    return "--resource" if request.resources else "--no-items" if request.no_items else ""


def _read_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise UsageError(f"--data-file {path}: cannot be read: {reason}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UsageError(f"--data-file {path}: is not a table of KEY: VALUE")
    return {str(name): value for name, value in content.items() if name not in _METADATA}


def check_answer(question: Question, value: Any, flag: str) -> None:
    """Raise an error for a value of the wrong type or outside the choices; Copier judges the rules."""
    if not _is_utf8(_text(value)):
        raise UsageError(f"{flag}: {value!r} is not UTF-8")
    if question.choices:
        allowed = [_text(choice) for choice in question.choices]
        values = _as_list(value) if question.multiselect else [value]
        for item in values:
            if _text(item) not in allowed:
                raise UsageError(
                    f"{flag}: {_text(item)!r} is not one of {', '.join(allowed)}",
                    _did_you_mean(_text(item), allowed),
                )
    elif question.type == "bool":
        if _text(value).lower() not in _BOOLEANS:
            raise UsageError(
                f"{flag}: {value!r} is not true or false",
                _did_you_mean(_text(value), ("true", "false")),
            )
    elif question.type in ("int", "float"):
        try:
            {"int": int, "float": float}[question.type](value)
        except (TypeError, ValueError, OverflowError) as error:
            raise UsageError(f"{flag}: {value!r} is not a number") from error
    elif question.type in ("yaml", "json") and isinstance(value, str):
        try:
            json.loads(value) if question.type == "json" else yaml.safe_load(value)
        except (ValueError, RecursionError, yaml.YAMLError) as error:
            raise UsageError(f"{flag}: {value!r} is not {question.type.upper()}") from error
    elif question.type == "str" and not isinstance(value, str | int | float):
        raise UsageError(f"{flag}: {value!r} is not text")


def _is_utf8(text: str) -> bool:
    """Whether bytes that are no text stand in it, as they may in a name or an argument."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, str):
        try:
            value = yaml.safe_load(value)
        except (ValueError, RecursionError, yaml.YAMLError):
            return [value]
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _did_you_mean(word: str, words: Iterable[str]) -> str:
    """The word that looks much like this one, as a hint; nothing if none does."""
    by_lower = {candidate.lower(): candidate for candidate in words}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return f"did you mean {by_lower[near[0]]}?" if near else ""
