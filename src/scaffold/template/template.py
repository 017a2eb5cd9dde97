"""One version of a template."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scaffold.template.questions import Question


@dataclass(frozen=True)
class Template:
    """One version of a template, in a repository on this machine."""

    repository: Path
    commit: str
    version: str  # what to pin: the tag if one was chosen, else the commit
    src_path: str  # what the project records, for later updates
    given: str | None  # what `--template` has to say to find it again
    questions: Mapping[str, Question]
    notes: tuple[str, ...]
    workspace: Path  # a temporary folder that lives as long as the template is open
