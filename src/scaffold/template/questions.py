"""The questions of a template, as the tool needs to know them. No I/O."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Answers = Mapping[str, Any]


def alternatives(words: Iterable[Any]) -> str:
    """Words of which one is meant, as a sentence has them."""
    *others, last = map(answer_text, words)
    return f"{', '.join(others)} or {last}" if others else last


@dataclass(frozen=True)
class Question:
    """What the tool has to know of a question; its rules stay with Copier."""

    name: str
    type: str
    choices: tuple[Any, ...] = ()
    labels: tuple[str, ...] = ()  # one for each choice
    multiselect: bool = False
    help: str = ""
    default: Any = None
    when: Any = True
    validator: str = ""
    secret: bool = False

    @property
    def is_switch(self) -> bool:
        """Whether it is answered with yes or no and nothing else."""
        return self.type == "bool" and not self.choices

    @property
    def off(self) -> Any:
        """The answer that leaves a feature out; nothing where the question is not of a feature."""
        return False if self.type == "bool" else "none" if "none" in self.choices else None

    @property
    def on(self) -> Any:
        """The answer that brings a feature in, the first of several."""
        return next((choice for choice in self.choices if choice != self.off), True)


def answer_text(value: Any) -> str:
    """An answer as the command line takes it."""
    return value if isinstance(value, str) else json_text(value)


def json_text(value: Any) -> str:
    """An answer as JSON, which is YAML, too."""
    return json.dumps(value, default=str, ensure_ascii=False)
