"""How a new project is started, as its template says."""

from dataclasses import dataclass

from scaffold.errors import ScaffoldError
from scaffold.template.questions import Answers


@dataclass(frozen=True)
class Start:
    """The commands that start a project once it is installed, and what comes of them."""

    commands: tuple[str, ...]
    note: str


def read_start(facts: Answers) -> Start:
    """Read the template's facts `start_commands` and `start_note`; templates may lack both."""
    commands = facts.get("start_commands", ["uv run poe dev"])
    if not isinstance(commands, list) or not all(isinstance(line, str) for line in commands):
        raise ScaffoldError("the template's start_commands is not a list of commands")
    return Start(tuple(commands), str(facts.get("start_note", "")))
