"""The questions of a template, as the tool needs to know them. No I/O."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Answers = Mapping[str, Any]
# "Database: where the service keeps its data." A title is short, and no sentence of its own.
_TITLED = re.compile(r"\s*(?P<title>[^:.?!\n]{1,30}): +(?P<rest>\S.*)", re.DOTALL)


def alternatives(words: Iterable[Any]) -> str:
    """Words of which one is meant, as a sentence has them."""
    *others, last = map(answer_text, words)
    return f"{', '.join(others)} or {last}" if others else last


def split_title(text: str) -> tuple[str, str]:
    """The title that a help or the label of a choice begins with, and the rest; both may be empty."""
    match = _TITLED.fullmatch(text)
    title, rest = (match["title"], match["rest"]) if match else ("", text)
    rest = " ".join(rest.split())
    return title.strip(), rest[:1].upper() + rest[1:]


def split_label(label: str) -> tuple[str, str]:
    """The title of a choice, which is the whole label where it has no other, and the rest."""
    title, rest = split_title(label)
    return (title, rest) if title else (" ".join(label.split()), "")


def title_of(name: str) -> str:
    """A name as a title, where the template gives none; a short one is an abbreviation."""
    return name.upper() if len(name) <= 3 else name.replace("_", " ").capitalize()


def spoken(value: Any) -> str:
    """An answer as a person says it."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return "" if value is None else answer_text(value)


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
    def title(self) -> str:
        """What it is called where a person reads it."""
        return split_title(self._plain_help)[0] or title_of(self.name)

    @property
    def explanation(self) -> str:
        """What its help says besides the title; nothing where only the answers word it."""
        return split_title(self._plain_help)[1]

    @property
    def _plain_help(self) -> str:
        return "" if "{" in self.help else self.help

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
