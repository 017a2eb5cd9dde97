"""The questions of a `copier.yml`."""

from collections.abc import Iterator, Mapping

import yaml

from scaffold.errors import ScaffoldError
from scaffold.template.questions import Question


def parse_questions(text: str) -> dict[str, Question]:
    """The questions of a `copier.yml` that can be asked; facts derived from answers are not."""
    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise ScaffoldError(f"cannot read the template's copier.yml: {reason}") from error
    if not isinstance(document, dict):
        raise ScaffoldError("the template's copier.yml is not a table of questions")
    named = document.get("_secret_questions")
    secret = named if isinstance(named, list) else []
    return {
        name: _question(name, details, secret=name in secret)
        for name, details in document.items()
        if isinstance(name, str) and not name.startswith("_") and not _is_derived(details)
    }


def _is_derived(details: object) -> bool:
    return isinstance(details, dict) and details.get("when", True) is False


def _question(name: str, details: object, *, secret: bool) -> Question:
    if not isinstance(details, Mapping):
        details = {"default": details}
    kind = details.get("type") or {bool: "bool", int: "int", float: "float", str: "str"}.get(
        type(details.get("default")), "yaml"
    )
    choices = list(_choices(details.get("choices")))
    return Question(
        name=name,
        type=str(kind),
        choices=tuple(value for _, value in choices),
        labels=tuple(label for label, _ in choices),
        multiselect=bool(details.get("multiselect", False)),
        help=str(details.get("help") or ""),
        default=details.get("default"),
        when=details.get("when", True),
        validator=str(details.get("validator") or ""),
        secret=secret or bool(details.get("secret", False)),
    )


def _choices(choices: object) -> Iterator[tuple[str, object]]:
    """Labels and values to choose from; those that a rule computes are left to Copier."""
    if isinstance(choices, Mapping):
        pairs = list(choices.items())
    elif isinstance(choices, list):
        pairs = [
            (item[0], item[1]) if isinstance(item, list) and len(item) == 2 else (item, item)
            for item in choices
        ]
    else:
        return
    plain = [
        (str(label), value.get("value") if isinstance(value, Mapping) else value)
        for label, value in pairs
    ]
    if not any(isinstance(value, str) and "{" in value for _, value in plain):
        yield from plain
