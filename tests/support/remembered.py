"""Tests of services are not run again while all that they depend on is as it was when they passed.

`poe test` asks for it, with SCAFFOLD_REMEMBER=1. What is remembered is a whole run in which every
test passed: an empty file, named by everything that the tests depend on. Of the packages beside them
these are the ones that pyproject.toml names for the tool and its tests: a clone has the newest release of
what those require in turn, and one of a hundred is new each day. The night's tests see these.
"""

import hashlib
import os
import platform
import time
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).parents[2]
# They see generated services, and nothing of src/.
TESTS = (
    "tests/contract",
    "tests/image",
    "tests/template/test_development.py",
    "tests/template/test_importing.py",
    "tests/template/test_own_models.py",
    "tests/template/test_projects.py",
)
INPUTS = (*TESTS, "copier.yml", "templates", "pyproject.toml", "tests/conftest.py", "tests/support")
NO_INPUTS = ("__pycache__", ".*_cache", ".venv")
# Debian, the package index and the servers of this machine move on.
DAYS = 14
VARIABLE = "SCAFFOLD_REMEMBER"


class Remembered:
    """A plugin of pytest that leaves out what passed before, and notes what passes now."""

    def __init__(self, store: Path, repository: Path = REPOSITORY) -> None:
        self.store = store
        self.repository = repository
        self.place = store / fingerprint(repository)
        self.passed = self.place.exists() and _days_ago(self.place) < DAYS
        self.skipped = False

    def pytest_report_header(self) -> str | None:
        """Say what is left out, and how it is run all the same."""
        if not self.passed:
            return None
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.place.stat().st_mtime))
        return f"passed on {when} and not run again ({VARIABLE}= runs them): {', '.join(TESTS)}"

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave out what passed."""
        here = collection_path.relative_to(self.repository).as_posix()
        return True if self.passed and here in TESTS else None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notice what was skipped; where all services must be there, they were."""
        if report.skipped and report.nodeid.startswith(TESTS):
            self.skipped = "SCAFFOLD_REQUIRE_SERVICES" not in os.environ

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Remember a run of everything in which everything passed."""
        a_part = hasattr(session.config, "workerinput") or not _is_whole(session.config)
        if exitstatus or self.passed or self.skipped or a_part:
            return
        self.store.mkdir(parents=True, exist_ok=True)
        for old in self.store.iterdir():
            if _days_ago(old) >= DAYS:
                old.unlink()
        # Nothing may have changed while the tests ran.
        if fingerprint(self.repository) == self.place.name:
            self.place.touch()


def register(config: pytest.Config) -> None:
    """Use the plugin where that is asked for."""
    if os.environ.get(VARIABLE):
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        config.pluginmanager.register(Remembered(cache / "scaffold-tests"))


def fingerprint(repository: Path) -> str:
    """A hash of everything that the tests depend on: files, packages, Python, settings."""
    found = hashlib.sha256()
    for path in _files(repository):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        found.update(f"{path.relative_to(repository).as_posix()} {content}\n".encode())
    for package in _packages(repository):
        found.update(f"{package}\n".encode())
    for name, value in sorted(os.environ.items()):
        if name.startswith(("SCAFFOLD_", "TEST_", "UV_PYTHON")) and name != VARIABLE:
            found.update(f"{name}={value}\n".encode())
    found.update(f"{platform.platform()} {platform.python_version()}".encode())
    return found.hexdigest()


def _files(repository: Path) -> Iterator[Path]:
    for name in INPUTS:
        place = repository / name
        for path in [place, *sorted(place.rglob("*"))]:
            parts = [Path(part) for part in path.relative_to(repository).parts]
            ignored = any(part.match(pattern) for part in parts for pattern in NO_INPUTS)
            if path.is_file() and not ignored:
                yield path


def _packages(repository: Path) -> Iterator[str]:
    """What these tests name themselves, with the versions that are installed."""
    configuration = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    named = list(configuration.get("project", {}).get("dependencies", []))
    for group in ("dev", "test"):
        named += configuration.get("dependency-groups", {}).get(group, [])
    for name in sorted(Requirement(text).name for text in named):
        try:
            yield f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            yield f"{name} is not installed"


def _days_ago(path: Path) -> float:
    return (time.time() - path.stat().st_mtime) / (24 * 60 * 60)


def _is_whole(config: pytest.Config) -> bool:
    option = config.option
    chosen = (option.keyword, option.markexpr, option.deselect, option.ignore, option.ignore_glob)
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not any(chosen)
