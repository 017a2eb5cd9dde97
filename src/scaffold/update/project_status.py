"""How projects stand to their templates. No I/O."""

from dataclasses import dataclass
from pathlib import Path

from scaffold.errors import ScaffoldError, worst_exit_code


@dataclass(frozen=True)
class ProjectStatus:
    """How a project stands to its template."""

    path: Path
    status: str  # up to date, outdated or error
    version: str | None = None
    newest: str | None = None
    source: str | None = None
    ahead: bool = False  # newer than all that is known of the template
    error: ScaffoldError | None = None


@dataclass(frozen=True)
class Report:
    """How projects stand to their templates."""

    projects: tuple[ProjectStatus, ...]

    @property
    def status(self) -> str:
        """The worst there is."""
        found = {project.status for project in self.projects}
        return next(status for status in ("error", "outdated", "up to date") if status in found)

    @property
    def exit_code(self) -> int:
        """An error's own where there is one, else 4 if a project is outdated."""
        failed = (project.error.exit_code for project in self.projects if project.error)
        return worst_exit_code([*failed, 4 if self.status == "outdated" else 0])

    @property
    def no_projects(self) -> tuple[ScaffoldError, ...]:
        """Why some of the folders are no project."""
        return tuple(p.error for p in self.projects if p.error and not p.version)
