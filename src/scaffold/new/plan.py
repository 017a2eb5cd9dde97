"""What `scaffold new` is asked for, plans and makes. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scaffold.project.skipped import Skipped
from scaffold.template.questions import Answers
from scaffold.template.request import TemplateRequest


@dataclass(frozen=True)
class NewRequest(TemplateRequest):
    """What the user asked `scaffold new` for."""

    yes: bool = False
    interactive: bool = False
    git: bool = True
    install: bool = True
    check: bool = False


@dataclass(frozen=True)
class Check:
    """What the new project's own checks said: each `passed`, `failed: …` or `skipped: …`."""

    steps: Mapping[str, str]
    ready: bool
    readyz: Mapping[str, Any] | None = None
    log: str = ""

    @property
    def passed(self) -> bool:
        """No step failed; a server that is not running does not count against the project."""
        return not any(result.startswith("failed") for result in self.steps.values())


@dataclass(frozen=True)
class Plan:
    """What is written, from which template, and the command that does it again."""

    path: Path
    src_path: str
    version: str
    answers: Answers
    files: tuple[str, ...]
    command: str


@dataclass(frozen=True)
class Project:
    """A plan carried out."""

    plan: Plan
    skipped: tuple[Skipped, ...]
    next: tuple[str, ...]
    check: Check | None = None
    note: str = ""  # what comes of the last of the next commands
