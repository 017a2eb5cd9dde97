"""Generated projects: rendered from this working tree and installed, once per test session."""

import fcntl
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import copier
from copier import Settings
from uv import find_uv_bin

from tests.support import environment
from tests.support.combinations import Combination

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Projects:
    """A folder of projects that the workers of one test session share."""

    folder: Path

    def project(
        self, framework: str, database: str, auth: str = "none", websockets: bool = False
    ) -> Path:
        """The project with these answers, installed; the first caller builds it."""
        return self.of(Combination(framework, database, auth, websockets))

    def of(self, combination: Combination) -> Path:
        """The project of a combination, installed; the first caller builds it."""
        destination = self.folder / str(combination)
        with self._once(str(combination)) as first:
            if first:
                render(self.template(), destination, **combination.answers)
                install(destination)
        return destination

    def template(self) -> Path:
        """A scratch repository with the template as it lies in the working tree."""
        destination = self.folder / "template"
        with self._once("template") as first:
            if first:
                snapshot(destination)
        return destination

    @contextmanager
    def _once(self, name: str) -> Iterator[bool]:
        """Hold the lock of that name; true until a first holder has finished its work."""
        done = self.folder / f"{name}.done"
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield not done.exists()
            done.touch()


def snapshot(destination: Path) -> None:
    """Copy the template, uncommitted changes included, into a tagged repository of its own."""
    shutil.rmtree(destination, ignore_errors=True)
    destination.mkdir()
    shutil.copy(REPOSITORY / "copier.yml", destination)
    shutil.copytree(
        REPOSITORY / "templates",
        destination / "templates",
        ignore=shutil.ignore_patterns("__pycache__", ".*_cache", ".venv"),
    )
    identity = ("-c", "user.name=Tests", "-c", "user.email=tests@example.org")
    git = ("git", *identity)
    for command in (
        (*git, "init", "--quiet", "--initial-branch=main"),
        (*git, "add", "--all", "--force"),
        (*git, "commit", "--quiet", "--message=The template under test"),
        (*git, "tag", "v0.0.1"),
    ):
        run(*command, folder=destination)


def render(template: Path, destination: Path, **answers: str | bool) -> None:
    """Render a project; every question without an answer takes its default."""
    copier.run_copy(
        str(template),
        destination,
        data={"author": "", **answers},
        defaults=True,
        overwrite=True,
        quiet=True,
        settings=Settings(),
    )


def install(project: Path) -> None:
    """Install a project as its README says, with the interpreter under test."""
    run(find_uv_bin(), "sync", "--quiet", folder=project)


def copy(project: Path, destination: Path) -> Path:
    """A copy to write into; the installed environment is shared."""
    shutil.copytree(project, destination, ignore=shutil.ignore_patterns(".venv", ".env"))
    (destination / ".venv").symlink_to(project / ".venv", target_is_directory=True)
    return destination


def run(*command: str, folder: Path, **variables: str) -> None:
    """Run a command, and show all it said where it fails."""
    done = subprocess.run(  # noqa: S603 - commands of the tests themselves
        command,
        check=False,
        cwd=folder,
        env=environment.for_tools() | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
