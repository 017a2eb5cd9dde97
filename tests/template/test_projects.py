"""Projects lint, type-check and pass their tests; those of any two answers as AGENTS.md says."""

import re
import secrets
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from uv import find_uv_bin

from tests.support import projects as support
from tests.support import resource_rules
from tests.support.combinations import (
    SERVED,
    TYPED,
    WITH_RESOURCES,
    Combination,
    every_service,
    once_for,
    run_over,
    served,
)
from tests.support.databases import SERVERS, fresh_database, redis_server
from tests.support.projects import Projects

# Settings with which no service would start, or pass its tests.
HOSTILE = {
    "CORS_ORIGINS": "https://other.example",
    "DATABASE_URL": "sqlite:////nowhere/at/all.db",
    "ENVIRONMENT": "development",
    "jwt_secret": "short",
    "MAX_BODY_BYTES": "1",
    "PORT": "http",
    "RATE_LIMIT": "1/day",
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "ROOT_PATH": "/shop",
    "TRUSTED_HOSTS": "other.example",
    "WEB_CONCURRENCY": "2",
}
# The tests of one project of each server run several at once. A process more has its own imports.
SEVERAL_AT_ONCE = [next((c for c in SERVED if c.database == name), None) for name in SERVERS]
COMMAND = re.compile(r"^\| [^|]+ \| `([^`]+)` \|$", re.MULTILINE)


@pytest.fixture
def project(combination: Combination, projects: Projects, tmp_path: Path) -> Path:
    """A copy of the project."""
    return support.copy(projects.of(combination), tmp_path / "project")


@pytest.fixture
def settings(
    combination: Combination, projects: Projects, tmp_path: Path
) -> Iterator[dict[str, str]]:
    """What the commands of a project find in the environment: its database, Redis and secret."""
    cache = projects.mypy_cache(combination.framework, tmp_path / "mypy-cache")
    settings = {"MYPY_CACHE_DIR": str(cache)}
    if combination.auth == "jwt":
        settings["JWT_SECRET"] = secrets.token_hex(32)
    if combination.websockets:
        settings["TEST_REDIS_URL"] = redis_server()
    with fresh_database(combination.database, tmp_path) as url:
        if url:
            settings["DATABASE_URL"] = url
        if combination.database in SERVERS:
            # Its tests use the server too, and drop in the end what they used.
            settings["TEST_DATABASE_URL"] = f"{url}_own"
        if combination in SEVERAL_AT_ONCE:
            settings["PYTEST_ADDOPTS"] = "--numprocesses=2"
        yield settings


@every_service
def test_every_command_of_agents_md_works(
    project: Path, settings: dict[str, str], combination: Combination
) -> None:
    commands = COMMAND.findall((project / "AGENTS.md").read_text())
    assert {"uv sync", "uv run poe lint", "uv run poe test"} <= set(commands)
    before = snapshot(project)
    for command in commands:
        # Its tests see nothing of the shell and of `.env`, whether anything is there or not.
        wrong = HOSTILE if command == "uv run poe test" and combination.auth == "jwt" else {}
        with dotenv(project, wrong):
            shell = ("sh", "-euc", command.replace("uv ", f"{find_uv_bin()} "))
            support.run(*shell, folder=project, **settings | wrong)
    assert snapshot(project) == before


@run_over(WITH_RESOURCES)
def test_one_with_resources_of_every_kind_works(
    combination: Combination, projects: Projects, settings: dict[str, str], tmp_path: Path
) -> None:
    entries = resource_rules.entries(combination.auth)
    project = support.copy(projects.with_resources(combination, entries), tmp_path / "with")
    for task in ("migrate", "lint", "test"):
        support.run(str(project / ".venv/bin/poe"), task, folder=project, **settings)


# Their texts are linted one by one, in test_forms; at night they run their own tests.
@run_over(c for c in TYPED if c not in SERVED)
def test_its_types_are_right(
    project: Path, combination: Combination, projects: Projects, tmp_path: Path
) -> None:
    cache = projects.mypy_cache(combination.framework, tmp_path / "mypy-cache")
    projects.check_types(combination.framework, project, cache)


@run_over(once_for(served(SERVERS), "framework", "database"))
def test_a_migration_without_a_server_ends_in_one_line(
    project: Path, combination: Combination
) -> None:
    poe = str(project / ".venv/bin/poe")
    settings = {"DATABASE_URL": f"{combination.database}://nobody@127.0.0.1:9/nothing"}
    if combination.auth == "jwt":
        settings["JWT_SECRET"] = secrets.token_hex(32)
    with pytest.raises(AssertionError, match="DATABASE_URL: no connection") as failure:
        support.run(poe, "migrate", folder=project, **settings)
    assert "Traceback" not in str(failure.value)
    assert "\nhint: `docker compose up --detach --wait database`, or " in str(failure.value)


@every_service
def test_the_lock_holds_exactly_the_versions_that_were_tested(project: Path) -> None:
    pinned = tomllib.loads((project / "pyproject.toml").read_text())["tool"]["uv"]
    packages = tomllib.loads((project / "uv.lock").read_text())["package"]
    locked = {f"{p['name']}=={p['version']}" for p in packages if "registry" in p["source"]}
    assert locked == set(pinned["constraint-dependencies"])


@run_over(once_for(served(("postgresql",)), "framework"))
def test_its_tests_refuse_a_database_that_is_not_for_tests(project: Path) -> None:
    with pytest.raises(AssertionError, match="test"):
        support.run(
            str(project / ".venv/bin/pytest"),
            folder=project,
            TEST_DATABASE_URL="postgresql://postgres@127.0.0.1:5432/production",
        )


@contextmanager
def dotenv(project: Path, variables: dict[str, str]) -> Iterator[None]:
    """A project with a `.env` of these variables; with none where there are none."""
    file = project / ".env"
    if variables:
        file.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    yield
    file.unlink(missing_ok=True)


def snapshot(project: Path) -> dict[str, bytes]:
    """The files that git would keep."""
    return {
        str(path.relative_to(project)): path.read_bytes()
        for path in project.rglob("*")
        if path.is_file()
        and not any(part == ".venv" or part.endswith("cache__") for part in path.parts)
        and not any(part.endswith("_cache") for part in path.parts)
        and ".db" not in path.suffix
    }
