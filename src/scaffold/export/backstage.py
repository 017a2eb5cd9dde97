"""`scaffold export backstage`: the template's questions as a Backstage Software Template."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import TemplateError, meta, nodes
from jinja2.sandbox import SandboxedEnvironment

from scaffold.console import Console
from scaffold.errors import UsageError
from scaffold.template.open_template import open_template
from scaffold.template.project_name import slug
from scaffold.template.questions import Question
from scaffold.template.request import TemplateRequest
from scaffold.template.template import Template

Form = dict[str, Any]  # a JSON schema, with `ui:` keys for how Backstage shows it
Questions = Mapping[str, Question]

_HEADER = (
    "# Made by `scaffold export backstage`; run it again when the template's questions change.\n"
)
_TYPES = {"str": "string", "path": "string", "int": "integer", "float": "number", "bool": "boolean"}
_CHOICE_TYPES = {str: "string", int: "integer", float: "number"}
_PLAIN_TYPES = {"string": str, "integer": int, "number": int | float, "boolean": bool}
_FALSE = {"", "0", "f", "false", "n", "no", "off", "none", "null", "~"}  # as Copier reads `when`

_jinja = SandboxedEnvironment()


@dataclass(frozen=True)
class _Condition:
    """A question is asked where another one has one of these answers."""

    decider: str
    answers: list[Any]


def export_template(request: TemplateRequest, console: Console) -> str:
    """The text of a `template.yaml`."""
    with open_template(request, console) as source:
        for note in source.notes:
            console.note(note)
        entity = _entity(source, request.ref)
    return _HEADER + yaml.safe_dump(entity, sort_keys=False, allow_unicode=True, width=1_000)


def write_document(path: Path, text: str) -> None:
    """Keep the text in a file, in place of what was there."""
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror}", "--output takes a file in an existing folder"
        ) from error


def _entity(source: Template, ref: str | None) -> Form:
    name = slug(re.split(r"[/:]", source.src_path.removesuffix(".git"))[-1]) or "template"
    asked = {key: value for key, value in source.questions.items() if _type(value)}
    conditions = dict(_conditions(asked))
    texts = {key: value for key, value in asked.items() if _is_text(value)}
    features = {key: value for key, value in asked.items() if key not in texts}
    pages = [("Service", texts), ("Features", features)]
    return {
        "apiVersion": "scaffolder.backstage.io/v1beta3",
        "kind": "Template",
        "metadata": {
            "name": name,
            "title": f"New project from {name}",
            "description": f"A project that `scaffold new` makes from {source.src_path}.",
        },
        "spec": {
            "type": "service",
            "parameters": [
                *(_page(title, page, conditions) for title, page in pages if page),
                _place(),
            ],
            "steps": _steps(source.src_path, ref, asked, conditions),
            "output": {
                "links": [
                    {"title": "Repository", "url": "${{ steps.publish.output.remoteUrl }}"},
                    {
                        "title": "Open in catalog",
                        "icon": "catalog",
                        "entityRef": "${{ steps.register.output.entityRef }}",
                    },
                ]
            },
        },
    }


def _type(question: Question) -> str | None:
    """The JSON type of an answer; a question without one is left to its default."""
    if question.choices:
        types = {_CHOICE_TYPES.get(type(choice)) for choice in question.choices}
        return types.pop() if len(types) == 1 else None
    return None if question.multiselect else _TYPES.get(question.type)


def _is_text(question: Question) -> bool:
    """Whether it is free text that every project has an answer to."""
    return question.when is True and not question.choices and _type(question) == "string"


def _page(title: str, questions: Questions, conditions: Mapping[str, _Condition]) -> Form:
    """One page of the form; an answer may bring up others on its page."""
    always = {key: value for key, value in questions.items() if key not in conditions}
    required = [key for key, value in always.items() if _is_required(value)]
    page = {
        "title": title,
        **({"required": required} if required else {}),
        "properties": {
            key: _property(value, prefilled=value.when is True) for key, value in always.items()
        },
    }
    if always == questions:
        return page
    return {
        **page,
        "dependencies": {
            key: {"oneOf": _branches(value, questions, conditions)}
            for key, value in always.items()
            if key in {condition.decider for condition in conditions.values()}
        },
        "ui:order": list(questions),
    }


def _is_required(question: Question) -> bool:
    if question.default is None:
        return question.when is True
    return _is_text(question) and _default(question) not in (None, "")


def _property(question: Question, *, prefilled: bool = True) -> Form:
    """One field; it stays empty where the form cannot know whether the question is asked."""
    kind = _type(question)
    options = [
        {"const": value, "title": label}
        for value, label in zip(question.choices, question.labels, strict=True)
    ]
    form: Form = {"title": question.title}
    if question.explanation:
        form["description"] = question.explanation
    if question.multiselect:
        items = {"type": kind, "oneOf": options}
        form |= {"type": "array", "items": items, "uniqueItems": True, "ui:widget": "checkboxes"}
    elif options:
        form |= {"type": kind, "oneOf": options, "ui:widget": "radio"}
    else:
        form |= {"type": kind, **_limits(question)}
    default = _default(question) if prefilled else None
    return form if default is None else {**form, "default": default}


def _default(question: Question) -> Any:
    """The default, where it is a plain value that is good for every project."""
    default = question.default
    if question.multiselect:
        ticked = default if isinstance(default, list) else []
        return [choice for choice in question.choices if choice in ticked] or None
    if question.choices:
        return default if default in question.choices else None
    plain = isinstance(default, _PLAIN_TYPES[_type(question) or "string"])
    templated = isinstance(default, str) and "{" in default
    return default if plain and not templated else None


def _limits(question: Question) -> Form:
    """What of the validator a form can check too; the rest is Copier's to judge."""
    limits: Form = {}
    for refused in _refused_if(question.validator):
        match refused:
            case nodes.Not(
                node=nodes.Filter(
                    node=nodes.Name(name=question.name),
                    name="regex_search",
                    args=[nodes.Const(value=str(pattern))],
                )
            ):
                limits |= _pattern(pattern)
            case nodes.Compare(
                expr=nodes.Filter(node=nodes.Name(name=question.name), name="length"),
                ops=[nodes.Operand(op="gt", expr=nodes.Const(value=int(longest)))],
            ):
                limits["maxLength"] = longest
    return limits


def _refused_if(validator: str) -> Iterator[nodes.Node]:
    """The conditions that refuse an answer, each by itself."""
    try:
        first = next(_jinja.parse(validator).find_all((nodes.If, nodes.CondExpr)), None)
    except TemplateError:
        return
    if isinstance(first, nodes.If):
        refuses = bool(first.body)
    elif isinstance(first, nodes.CondExpr):
        refuses = bool(getattr(first.expr1, "value", True))  # no message, no refusal
    else:
        return
    pending: list[nodes.Node] = [first.test] if refuses else []
    while pending:
        test = pending.pop()
        if isinstance(test, nodes.Or):
            pending += [test.right, test.left]
        else:
            yield test


def _pattern(python: str) -> Form:
    """A regular expression as a browser reads it, where it says the same there."""
    browser = python.replace(r"\A", "^").replace(r"\Z", "$")
    foreign = re.search(r"\\[^dDsSnrt.^$*+?()\[\]{}|/\\]|\(\?[^:=!]", browser)
    return {} if foreign else {"pattern": browser}


def _conditions(questions: Questions) -> Iterator[tuple[str, _Condition]]:
    for key, question in questions.items():
        if question.when is not True and (found := _condition(str(question.when), questions)):
            yield key, found


def _condition(when: str, questions: Questions) -> _Condition | None:
    """What decides on a question, where that is one other with few possible answers."""
    try:
        deciders = meta.find_undeclared_variables(_jinja.parse(when))
        if len(deciders) != 1 or not deciders <= questions.keys():
            return None
        decider = questions[deciders.pop()]
        if decider.when is not True or decider.multiselect:
            return None
        asked = _jinja.from_string(when)
        answers = [
            answer
            for answer in _answers(decider)
            if asked.render({decider.name: answer}).strip().lower() not in _FALSE
        ]
    except Exception:  # noqa: BLE001, whatever a template's expression does, Copier will know
        return None
    return _Condition(decider.name, answers) if _answers(decider) else None


def _answers(question: Question) -> tuple[Any, ...]:
    return question.choices or ((True, False) if _type(question) == "boolean" else ())


def _branches(
    decider: Question, questions: Questions, conditions: Mapping[str, _Condition]
) -> list[Form]:
    """For the answers to one question, the fields that they bring up."""
    branches: dict[tuple[str, ...], list[Any]] = {}
    for answer in _answers(decider):
        shown = tuple(
            key
            for key, condition in conditions.items()
            if condition.decider == decider.name and answer in condition.answers
        )
        branches.setdefault(shown, []).append(answer)
    return [
        {
            "properties": {
                decider.name: {"enum": answers},
                **{key: _property(questions[key]) for key in shown},
            }
        }
        for shown, answers in branches.items()
    ]


def _place() -> Form:
    """The page that asks what only Backstage needs to know."""
    return {
        "title": "Repository",
        "required": ["componentOwner", "repoUrl"],
        "properties": {
            "componentOwner": {
                "title": "Owner",
                "type": "string",
                "description": "Who owns the service in the catalog.",
                "ui:field": "OwnerPicker",
                "ui:options": {"catalogFilter": {"kind": ["Group", "User"]}},
            },
            "repoUrl": {
                "title": "Repository",
                "type": "string",
                "description": "Where the project is published.",
                "ui:field": "RepoUrlPicker",
            },
        },
    }


def _steps(
    src_path: str, ref: str | None, questions: Questions, conditions: Mapping[str, _Condition]
) -> list[Form]:
    """Make the project, describe it to the catalog, publish it, register it."""
    version = {"ref": ref} if ref else {}
    answers = {key: _parameter(key, conditions.get(key)) for key in questions}
    return [
        {
            "id": "new",
            "name": "Make the project",
            "action": "scaffold:new",
            "input": {"template": src_path, **version, "answers": answers},
        },
        {
            "id": "describe",
            "name": "Describe it to the catalog",
            "action": "catalog:write",
            "input": {
                "entity": {
                    "apiVersion": "backstage.io/v1alpha1",
                    "kind": "Component",
                    "metadata": {"name": "${{ (parameters.repoUrl | parseRepoUrl).repo }}"},
                    "spec": {
                        "type": "service",
                        "lifecycle": "experimental",
                        "owner": "${{ parameters.componentOwner }}",
                    },
                }
            },
        },
        {
            "id": "publish",
            "name": "Publish it",
            "action": "publish:github",
            "input": {"repoUrl": "${{ parameters.repoUrl }}", "defaultBranch": "main"},
        },
        {
            "id": "register",
            "name": "Register it in the catalog",
            "action": "catalog:register",
            "input": {
                "repoContentsUrl": "${{ steps.publish.output.repoContentsUrl }}",
                "catalogInfoPath": "/catalog-info.yaml",
            },
        },
    ]


def _parameter(key: str, condition: _Condition | None) -> str:
    """An answer of the form; the form keeps those of fields that it hides again."""
    if condition is None:
        return f"${{{{ parameters.{key} }}}}"
    asked = f"parameters.{condition.decider} in {json.dumps(condition.answers)}"
    return f"${{{{ parameters.{key} if {asked} else undefined }}}}"
