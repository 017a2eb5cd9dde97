"""What a migration is asked for. No I/O."""

from dataclasses import dataclass
from pathlib import Path

from scaffold.migrate.routes import Route


@dataclass(frozen=True)
class MigrateRequest:
    """The project, and how the work is done."""

    path: Path
    template: str | None = None
    install: bool = True
    proxy: bool = False  # begin with nginx before the two


@dataclass(frozen=True)
class MountRequest(MigrateRequest):
    """A Flask service that `scaffold` did not make."""

    application: str = ""  # MODULE:NAME


@dataclass(frozen=True)
class MigrationStatus:
    """How far a migration is."""

    path: Path
    routes: tuple[Route, ...]
    lines_to_add: tuple[
        str, ...
    ] = ()  # to the map of nginx, where it sends to Flask what FastAPI has

    @property
    def left(self) -> tuple[Route, ...]:
        """The routes that only Flask has."""
        return tuple(route for route in self.routes if not route.done)
