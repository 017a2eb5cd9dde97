"""Generated projects: rendered from this working tree, once per test session.

Those that are held to the contract are installed as their README says. To install one takes longer
than most of what is tested with it, so the others of a framework share an environment.
"""

import fcntl
import os
import shlex
import shutil
import subprocess
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch

import copier
from copier import Settings
from copier._main import Worker
from uv import find_uv_bin

from tests.support import environment, forms
from tests.support.combinations import SERVED, Combination, named
from tests.support.starter import run_program

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Projects:
    """A folder of projects that the workers of one test session share."""

    folder: Path

    def project(
        self, framework: str, database: str, auth: str = "none", websockets: bool = False
    ) -> Path:
        """The project with these answers; the first caller builds it."""
        return self.of(Combination(framework, database, auth, websockets=websockets))

    def of(self, combination: Combination) -> Path:
        """The project of a combination, ready to run; the first caller builds it."""
        if combination in SERVED:
            return self.installed(combination)
        destination = self.folder / "shared" / str(combination)
        with self.once(f"shared-{combination}") as first:
            if first:
                render(self.template(), destination, **combination.answers)
                environment = self.environment(combination.framework)
                (destination / ".venv").symlink_to(environment, target_is_directory=True)
        return destination

    def with_resources(self, combination: Combination, entries: list[dict[str, Any]]) -> Path:
        """The project of a combination with these resources, ready to run; the first caller builds it."""
        name = f"{combination}-{sha256(repr(entries).encode()).hexdigest()[:8]}"
        destination = self.folder / "shared" / name
        with self.once(f"shared-{name}") as first:
            if first:
                render(self.template(), destination, resources=entries, **combination.answers)
                environment = self.environment(combination.framework)
                (destination / ".venv").symlink_to(environment, target_is_directory=True)
        return destination

    def installed(self, combination: Combination) -> Path:
        """The project of a combination with its lock, and with an environment of its own."""
        destination = self.folder / "installed" / str(combination)
        with self.once(f"installed-{combination}") as first:
            if first:
                render(self.template(), destination, **combination.answers)
                install(destination)
                self._share_bytecode(destination / ".venv")
        return destination

    def committed(self, **answers: Any) -> Path:
        """The project of these answers in a repository with one commit, to copy; the first caller makes it."""
        name = f"committed-{sha256(repr(sorted(answers.items())).encode()).hexdigest()[:16]}"
        destination = self.folder / name
        with self.once(name) as first:
            if first:
                render(f"git+file://{self.template()}", destination, **answers)
                commit(destination, "First")
        return destination

    def environment(self, framework: str) -> Path:
        """What any project of the framework may need, in the versions that all of them pin."""
        destination = self.folder / f"environment-{framework}"
        with self.once(f"environment-{framework}") as first:
            if first:
                packages, pins = requirements(framework)
                constraints = self.folder / f"constraints-{framework}.txt"
                constraints.write_text("\n".join(sorted(pins)))
                uv = find_uv_bin()
                run(uv, "venv", "--quiet", str(destination), folder=self.folder)
                run(
                    *(uv, "pip", "install", "--quiet", "--python", str(destination)),
                    *("--constraints", str(constraints), *sorted(packages)),
                    folder=self.folder,
                )
                self._share_bytecode(destination)
        return destination

    def apart(self, *packages: str) -> Path:
        """The Python of an environment that has these packages alone."""
        name = f"apart-{sha256(repr(packages).encode()).hexdigest()[:8]}"
        destination = self.folder / name
        with self.once(name) as first:
            if first:
                uv = find_uv_bin()
                run(uv, "venv", "--quiet", str(destination), folder=self.folder)
                inside = ("--quiet", "--python", str(destination))
                run(uv, "pip", "install", *inside, *packages, folder=self.folder)
        return destination / "bin/python"

    def _share_bytecode(self, environment: Path) -> None:
        """Have Python compile once what environments have in common.

        uv links the files of its cache, so a module of the same version is the same file in all of them.
        """
        (packages,) = environment.glob("lib/python*/site-packages")
        for folder, _, files in os.walk(packages):
            here = Path(folder)
            if any(name.endswith(".py") and (here / name).stat().st_nlink > 1 for name in files):
                shared = self.folder / "bytecode" / here.relative_to(packages)
                shared.mkdir(parents=True, exist_ok=True)
                (here / "__pycache__").symlink_to(shared, target_is_directory=True)

    def mypy_cache(self, framework: str, destination: Path) -> Path:
        """A copy of what mypy finds out about all packages of a framework, with the project that has every option.

        A project of the same environment takes it as it is; with another one, all files are compared.
        """
        cache = self.folder / f"mypy-cache-{framework}"
        with self.once(cache.name) as first:
            if first:
                # Any other project has packages that mypy would read anew for each of those with more.
                project = self.folder / f"mypy-project-{framework}"
                render(self.template(), project, **named(f"{framework}-all").answers)
                self.check_types(framework, project, cache)
        shutil.copytree(cache, destination)
        return destination

    def check_types(self, framework: str, project: Path, cache: Path) -> None:
        """Run mypy over a project, with the environment that all projects of its framework share."""
        mypy = str(self.environment(framework) / "bin/mypy")
        run(mypy, folder=project, MYPY_CACHE_DIR=str(cache))

    def template(self) -> Path:
        """A scratch repository with the template as it lies in the working tree."""
        destination = self.folder / "template"
        with self.once("template") as first:
            if first:
                snapshot(destination)
        return destination

    @contextmanager
    def once(self, name: str) -> Iterator[bool]:
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
    commit(destination, "The template under test", "--force")
    run("git", "tag", "v0.0.1", folder=destination)


def commit(folder: Path, message: str, *how: str) -> None:
    """Put a folder into a repository of its own, in one commit."""
    identity = ("-c", "user.name=Tests", "-c", "user.email=tests@example.org")
    for words in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all", *how),
        (*identity, "commit", "--quiet", f"--message={message}"),
    ):
        run("git", *words, folder=folder)


def requirements(framework: str) -> tuple[set[str], set[str]]:
    """The packages that projects of a framework name, and the versions on which all of them agree."""
    packages, pins = set[str](), set[str]()
    for form in forms.forms_at("pyproject.toml", framework):
        configuration = tomllib.loads(form.text)
        packages.update(configuration["project"]["dependencies"])
        packages.update(configuration["dependency-groups"]["dev"])
        pins.update(configuration["tool"]["uv"]["constraint-dependencies"])
    times = Counter(pin.partition("==")[0] for pin in pins)
    return packages, {pin for pin in pins if times[pin.partition("==")[0]] == 1}


def render(template: Path | str, destination: Path, **answers: Any) -> None:
    """Render a project; every question without an answer takes its default."""
    # Copier asks git after each file whether an index should know its mode, and here there is none.
    with patch.object(Worker, "_sync_git_index_executable_bit"):
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


def migrate(project: Path, **settings: str) -> None:
    """Bring the database of a project up to date, as its `poe migrate` does."""
    tasks = tomllib.loads((project / "pyproject.toml").read_text())["tool"]["poe"]["tasks"]
    with tempfile.NamedTemporaryFile() as said:
        run_program(project, shlex.split(tasks["migrate"]["cmd"]), Path(said.name), **settings)


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
