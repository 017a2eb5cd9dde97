"""The project, the database and the service of a combination."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from tests.support.combinations import Combination
from tests.support.databases import fresh_database
from tests.support.projects import Projects, run
from tests.support.services import Service


class Start(Protocol):
    """Starts a service with these settings; it is stopped at the end of the test."""

    def __call__(self, *, host: str = ..., project: Path = ..., **settings: str) -> Service: ...


@pytest.fixture(scope="session")
def project(combination: Combination, projects: Projects) -> Path:
    """The installed project of the combination."""
    return projects.project(combination.framework, combination.database)


@pytest.fixture(scope="session")
def database(
    combination: Combination, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The settings that name a fresh and migrated database."""
    folder = tmp_path_factory.mktemp(f"database-{combination}")
    with fresh_database(combination.database, folder) as url:
        settings = {"DATABASE_URL": url} if url else {}
        if url:
            run(str(project / ".venv/bin/poe"), "migrate", folder=project, **settings)
        yield settings


@pytest.fixture(scope="session")
def service(
    combination: Combination,
    project: Path,
    database: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    """The service with no setting but its address and its database: production."""
    folder = tmp_path_factory.mktemp(f"service-{combination}")
    with Service(project, folder, database) as running:
        yield running


@pytest.fixture
def start(project: Path, database: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Starts more services of the combination, on the same database unless told otherwise."""
    this_project = project
    with ExitStack() as stack:

        def start(
            *, host: str = "127.0.0.1", project: Path = this_project, **settings: str
        ) -> Service:
            folder = tmp_path / f"service-{len(list(tmp_path.glob('service-*')))}"
            running = Service(project, folder, database | settings, host=host)
            return stack.enter_context(running)

        yield start
