"""The questions of the tool's own template, as quickly as a help text needs them."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from scaffold.project import Question

# What `poe questions` writes: in an installed package, and in a checkout.
PLACES = (
    Path(__file__).with_name("questions.json"),
    Path(__file__).parents[2] / "generated/scaffold/questions.json",
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
