"""The routes of both applications, as the project's own environment knows them."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from scaffold.errors import ScaffoldError
from scaffold.migrate.application import Application
from scaffold.project import uv

_SCRIPT = Path(__file__).parent / "files" / "list_routes.py"
_FOR_BROWSERS = ("/docs", "/docs/{name}", "/openapi.json")


@dataclass(frozen=True)
class Route:
    """A method and a path that Flask answers."""

    method: str
    path: str
    endpoint: str
    file: str  # of its view; nothing where that lies outside of the project
    line: int
    done: bool = False  # FastAPI answers it

    @property
    def place(self) -> str:
        """Where its view is."""
        return f"{self.file}:{self.line}" if self.file else ""

    def after(self, moved: Mapping[str, str]) -> "Route":
        """The same where files have other places."""
        return replace(self, file=moved.get(self.file, self.file))


def list_routes(project: Path, which: Literal["flask", "both"]) -> tuple[Route, ...]:
    """Load the application of a project, and read its routes."""
    python = _python_of(project / ".venv")
    if not python.exists():
        raise ScaffoldError(
            "the routes are read from the application, and its packages are not installed",
            "run `uv sync` in the project, and this command again",
        )
    # FastAPI has these in its own way.
    return tuple(r for r in _routes(project, python, which) if r.path not in _FOR_BROWSERS)


def list_foreign_routes(project: Path, application: Application) -> tuple[Route, ...]:
    """Load an application that `scaffold` did not make, in the environment that it has."""
    active = os.environ.get("VIRTUAL_ENV")
    folders = [project / ".venv", project / "venv", *([Path(active)] if active else [])]
    python = next((p for p in map(_python_of, folders) if p.exists()), None)
    if python is None:
        raise ScaffoldError(
            f"the routes are read from {application}, and its packages are not installed",
            "install them in .venv, or activate the environment that has them; then run this again",
        )
    return _routes(project, python, str(application))


def _python_of(environment: Path) -> Path:
    return environment / ("Scripts" if os.name == "nt" else "bin") / "python"


def _routes(project: Path, python: Path, which: str) -> tuple[Route, ...]:
    done = subprocess.run(  # noqa: S603
        [str(python), str(_SCRIPT), which],
        cwd=project,
        env=uv.environment({"PYTHONDONTWRITEBYTECODE": "1", "LOG_LEVEL": "ERROR"}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = [line for line in done.stderr.strip().splitlines() if line.strip()]
        raise ScaffoldError(
            f"the application cannot be loaded: {said[-1] if said else 'it gives no reason'}",
            "install its packages, and give it the settings that it needs; then run this command again",
        )
    routes = [Route(**route) for route in json.loads(done.stdout.splitlines()[-1])]
    # Of several with one method and path Flask takes the first.
    return tuple({(route.method, route.path): route for route in reversed(routes)}.values())[::-1]
