"""The questions of the tool's own template, as quickly as a help text needs them."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import scaffold
from scaffold.template.questions import Question

_PACKAGE = Path(scaffold.__file__).parent
# What `poe questions` writes: in an installed package, and in a checkout.
PLACES = (
    _PACKAGE / "questions.json",
    _PACKAGE.parents[1] / "generated/scaffold/questions.json",
)


@cache
def questions() -> Mapping[str, Question]:
    """Each question with what the command line says of it; its rules are in the template alone."""
    place = next(path for path in PLACES if path.is_file())
    return {
        name: Question(name, **{**details, "choices": tuple(details["choices"])})
        for name, details in json.loads(place.read_text(encoding="utf-8")).items()
    }


def features() -> list[str]:
    """The questions with an answer that leaves something out."""
    return [name for name, question in questions().items() if question.off is not None]
