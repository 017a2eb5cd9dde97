"""What became of several projects. No I/O."""

from dataclasses import dataclass
from pathlib import Path

from scaffold.errors import Conflicts, Interrupted, ScaffoldError, worst_exit_code
from scaffold.update.plan import AbortedUpdate, Update, UpdatePlan

UPDATED = "updated"
PLANNED = "planned"
UP_TO_DATE = "up to date"
CONFLICTS = "conflicts"
ABORTED = "aborted"
NOTHING_TO_ABORT = "nothing to abort"
ERROR = "error"
INTERRUPTED = "interrupted"
NOT_BEGUN = "not begun"
_WORST_FIRST = (
    INTERRUPTED,
    ERROR,
    CONFLICTS,
    UPDATED,
    PLANNED,
    ABORTED,
    UP_TO_DATE,
    NOTHING_TO_ABORT,
)


@dataclass(frozen=True)
class ProjectResult:
    """What became of one of several projects."""

    path: Path
    status: str
    outcome: Update | UpdatePlan | AbortedUpdate | None = None
    error: ScaffoldError | None = None
    written: bool = False  # interrupted, and all of it was done already

    @property
    def plan(self) -> UpdatePlan | None:
        """What was done to it, or would be."""
        if isinstance(self.outcome, Update):
            return self.outcome.plan
        return self.outcome if isinstance(self.outcome, UpdatePlan) else None

    @property
    def exit_code(self) -> int:
        """How the program would end for this project alone."""
        if self.error:
            return self.error.exit_code
        if self.status in (INTERRUPTED, NOT_BEGUN):
            return Interrupted.exit_code
        return Conflicts.exit_code if self.status == CONFLICTS else 0


@dataclass(frozen=True)
class Results:
    """What became of several projects, in the order in which they were named."""

    projects: tuple[ProjectResult, ...]

    @property
    def status(self) -> str:
        """The worst there is."""
        found = {project.status for project in self.projects}
        if NOT_BEGUN in found:
            return INTERRUPTED
        return next(status for status in _WORST_FIRST if status in found)

    @property
    def exit_code(self) -> int:
        """That of the worst."""
        return worst_exit_code(project.exit_code for project in self.projects)


def of_plan(path: Path, outcome: Update | UpdatePlan) -> ProjectResult:
    """An update that was made or planned."""
    made = isinstance(outcome, Update)
    plan = outcome.plan if isinstance(outcome, Update) else outcome
    status = UP_TO_DATE if not plan.changes else UPDATED if made else PLANNED
    return ProjectResult(path, status if plan.is_settled else CONFLICTS, outcome)


def of_error(path: Path, error: ScaffoldError) -> ProjectResult:
    """A project that was left as it is; conflicts of an earlier update are conflicts, too."""
    return ProjectResult(path, CONFLICTS if isinstance(error, Conflicts) else ERROR, error=error)
