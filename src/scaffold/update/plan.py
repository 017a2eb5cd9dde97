"""What an update is asked for, plans and does. No I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scaffold.project.skipped import Skipped
from scaffold.template.questions import Answers
from scaffold.template.resources import New

# Given the project, both renderings and a scratch folder, it changes the renderings before they are merged, and
# returns the paths that are the user's alone.
Adapt = Callable[[Path, Path, Path, Path], set[str]]


@dataclass(frozen=True)
class UpdateRequest:
    """What the user asked of a project that is there: another version, other answers, or both."""

    path: Path
    to: str | None = None  # the version; nothing takes the newest
    answers: Answers = field(default_factory=dict)
    add: tuple[str, ...] = ()  # features; `database=mysql` says which database
    remove: tuple[str, ...] = ()
    generate: tuple[New, ...] = ()
    remove_resources: tuple[str, ...] = ()
    template: str | None = None
    same_version: bool = False
    install: bool = True
    adapt: Adapt | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Change:
    """What happens to one file."""

    path: str
    status: str  # added, changed, merged, conflict, removed or kept
    reason: str = ""  # why it is kept, or what is left to do
    source: str | None = None  # where it was before, if it moves


@dataclass(frozen=True)
class BrokenImport:
    """An import that led somewhere before the update and leads nowhere after it, or a name that lost its import."""

    path: str
    line: int
    name: str  # app.operations, or app.database.lifespan
    now: str  # where it is now, if that can be said
    is_use: bool = False  # the line does not import the name but use it


@dataclass(frozen=True)
class UpdatePlan:
    """What an update does to a project."""

    path: Path
    src_path: str
    old: str
    new: str
    answers: Mapping[str, tuple[Any, Any]]  # those that change: before and after
    changes: tuple[Change, ...]
    changelog: str
    diff: str
    imports: tuple[BrokenImport, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Nothing is left for the user to mend."""
        return not self.conflicts and not self.imports

    @property
    def conflicts(self) -> tuple[Change, ...]:
        """The files that the user has to look at."""
        return tuple(change for change in self.changes if change.status == "conflict")


@dataclass(frozen=True)
class Update:
    """A plan carried out on a project."""

    plan: UpdatePlan
    skipped: tuple[Skipped, ...]
    next: tuple[str, ...]


@dataclass(frozen=True)
class AbortedUpdate:
    """An update that was taken back."""

    path: Path
    version: str


@dataclass(frozen=True)
class Difference:
    """How a project differs from what its template made of its answers."""

    path: Path
    src_path: str
    version: str
    changes: tuple[Change, ...]
    text: str
