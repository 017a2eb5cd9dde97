"""The routes of both applications, as the project's own environment knows them."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scaffold.errors import ScaffoldError
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


def list_routes(project: Path, which: Literal["flask", "both"]) -> tuple[Route, ...]:
    """Load the application of a project, and read its routes."""
    folder = "Scripts" if os.name == "nt" else "bin"
    python = project / ".venv" / folder / "python"
    if not python.exists():
        raise ScaffoldError(
            "the routes are read from the application, and its packages are not installed",
            "run `uv sync` in the project, and this command again",
        )
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
            "`uv sync`, and the settings that `uv run poe dev` needs; then run this command again",
        )
    found = json.loads(done.stdout.splitlines()[-1])
    routes = (Route(**route) for route in found)
    # FastAPI has these in its own way.
    return tuple(route for route in routes if route.path not in _FOR_BROWSERS)
