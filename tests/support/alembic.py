"""Alembic's commands in generated projects, in copies of a process that has imported their packages."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.starter import run_program

# The program of each framework.
PROGRAMS = {
    "fastapi": ("alembic",),
    "flask": ("flask", "--app", "app.main:create_app", "db"),
}


@dataclass(frozen=True)
class Alembic:
    """Runs commands such as ("upgrade", "head") in a project, one after the other."""

    folder: Path

    def __call__(
        self, project: Path, framework: str, *commands: Sequence[str], **settings: str
    ) -> None:
        for command in commands:
            run_program(project, (*PROGRAMS[framework], *command), self.folder / "said", **settings)
