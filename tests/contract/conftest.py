"""The project, the database and the service of a combination."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.bootstrap import Hashes
from tests.support.collectors import Collector, collector
from tests.support.combinations import SERVED, Combination
from tests.support.databases import fresh_database, redis_server
from tests.support.projects import Projects, migrate
from tests.support.relay import Relay
from tests.support.services import Service, free_port
from tests.support.settings import Reading, reader
from tests.support.starter import Starter
from tests.support.upstream import Upstream
from tests.support.users import PASSWORD, User, lasting_token, new_address, register

# With these a service waits a second for its database.
LIMITS: dict[str, Any] = {
    "DATABASE_STATEMENT_SECONDS": "1",
    "DATABASE_LOCK_SECONDS": "1",
    "DATABASE_SESSION_SECONDS": "1",
}


class Start(Protocol):
    """Starts a service with these settings; it is stopped at the end."""

    def __call__(self, *, host: str = ..., project: Path = ..., **settings: str) -> Service: ...


class NewUser(Protocol):
    """Registers a user of the combination's service, or of another one."""

    def __call__(
        self, at: Service = ..., *, email: str | None = ..., password: str = ...
    ) -> User: ...


class ReadSettings(Protocol):
    """Reads settings with the project's own code, with no start."""

    def __call__(
        self, variables: Mapping[str, str] = ..., folder: Path | None = ...
    ) -> Reading: ...


@pytest.fixture(scope="session")
def project(combination: Combination, projects: Projects) -> Path:
    """The installed project of the combination."""
    return projects.of(combination)


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    """What a service asks for the weather."""
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(scope="session")
def database(
    combination: Combination,
    project: Path,
    upstream: Upstream,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, str]]:
    """The settings that name a fresh and migrated database, what else is asked, and what signs the tokens.

    Passwords are cheap to hash, since most tests need a user and no good hash.
    """
    folder = tmp_path_factory.mktemp(f"database-{combination}")
    with fresh_database(combination.database, folder) as url:
        settings = dict(combination.settings_under_load)
        if url:
            settings["DATABASE_URL"] = url
        if combination.auth == "jwt":
            settings["JWT_SECRET"] = secrets.token_hex(32)
            settings["PYTHONPATH"] = Hashes(folder).pythonpath
        if combination.websockets:
            settings["REDIS_URL"] = redis_server()
        if combination.outbound:
            settings["WEATHER_URL"] = upstream.url
        if url:
            migrate(project, **settings)
        yield settings


@pytest.fixture(scope="session")
def service(
    combination: Combination,
    project: Path,
    database: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    """The service with no setting but its address, its database and its secret: production.

    Where any two answers meet it begins as its image begins it.
    """
    folder = tmp_path_factory.mktemp(f"service-{combination}")
    quickly = None if combination in SERVED else Starter(project, database.get("PYTHONPATH"))
    with Service(project, folder, database, starter=quickly) as running:
        if combination.auth == "jwt":
            running.token = lasting_token(running)
        yield running


@pytest.fixture(scope="session")
def token(service: Service) -> str | None:
    """What signs a user in to every service of the combination, where it is needed."""
    return service.token


@pytest.fixture(scope="session")
def read_settings(project: Path, database: dict[str, str]) -> Iterator[ReadSettings]:
    """Reads settings as a start does; those of the database are there unless told otherwise."""
    with reader(project) as settings:

        def read(
            variables: Mapping[str, str] = MappingProxyType({}), folder: Path | None = None
        ) -> Reading:
            return settings.read(database | dict(variables), folder)

        yield read


@pytest.fixture(scope="session")
def starter(project: Path, database: dict[str, str]) -> Starter | None:
    """What starts services quickly, unless starts are what is tested."""
    return Starter(project, database.get("PYTHONPATH"))


@pytest.fixture
def start(
    project: Path,
    database: dict[str, str],
    token: str | None,
    tmp_path: Path,
    starter: Starter | None,
) -> Iterator[Start]:
    """Starts more services of the combination, on the same database unless told otherwise."""
    with several(project, database, token, tmp_path, starter) as start:
        yield start


@pytest.fixture(scope="session")
def start_shared(
    combination: Combination,
    project: Path,
    database: dict[str, str],
    token: str | None,
    tmp_path_factory: pytest.TempPathFactory,
    starter: Starter | None,
) -> Iterator[Start]:
    """Starts services that tests share, until the next combination."""
    folder = tmp_path_factory.mktemp(f"shared-{combination}")
    with several(project, database, token, folder, starter) as start:
        yield start


@pytest.fixture(scope="session")
def several_workers(start_shared: Start) -> Service:
    """The service with three workers."""
    return start_shared(WEB_CONCURRENCY="3")


@pytest.fixture(scope="session")
def good_hashes(start_shared: Start) -> Service:
    """The service with passwords that take their time to hash, and a session for each processor."""
    at_once = str(len(os.sched_getaffinity(0)))
    return start_shared(PYTHONPATH="", DATABASE_POOL_SIZE=at_once)


@pytest.fixture(scope="session")
def received() -> Iterator[Collector]:
    """What observed services that tests share have sent."""
    with collector() as running:
        yield running


@pytest.fixture(scope="session")
def metrics_port() -> int:
    """Where an observed service has its metrics."""
    return free_port()


@dataclass(frozen=True)
class Relayed:
    """A service, and the relay between it and its database."""

    service: Service
    relay: Relay


@pytest.fixture(scope="session")
def relayed_service(start_shared: Start, database: dict[str, str]) -> Iterator[Relayed]:
    """A service that waits a second for its database, which can be lost."""
    address = urlsplit(database["DATABASE_URL"])
    with Relay(address.hostname or "", address.port or 0) as relay:
        url = at_port(database["DATABASE_URL"], relay.port)
        yield Relayed(start_shared(DATABASE_URL=url, **LIMITS), relay)


@pytest.fixture
def relayed(relayed_service: Relayed) -> Iterator[Relayed]:
    """That service; what a test did to the relay is over with it."""
    yield relayed_service
    relayed_service.relay.refuse()
    relayed_service.relay.restore()


def at_port(url: str, port: int) -> str:
    """The address of a database that is reached through a port of this machine."""
    address = urlsplit(url)
    user = address.netloc.rpartition("@")[0]
    return address._replace(netloc=f"{user}@127.0.0.1:{port}").geturl()


@contextmanager
def several(
    this_project: Path,
    database: dict[str, str],
    token: str | None,
    folder: Path,
    starter: Starter | None,
) -> Iterator[Start]:
    """What starts services, which are stopped at the end."""
    with ExitStack() as stack:

        def start(
            *, host: str = "127.0.0.1", project: Path = this_project, **settings: str
        ) -> Service:
            place = folder / f"service-{len(list(folder.glob('service-*')))}"
            running = Service(project, place, database | settings, host, token, starter)
            return stack.enter_context(running)

        yield start


@pytest.fixture
def new_user(service: Service) -> Iterator[NewUser]:
    """Registers users, each with a client at an address that nobody else calls from."""
    with ExitStack() as stack:

        def new_user(
            at: Service = service, *, email: str | None = None, password: str = PASSWORD
        ) -> User:
            client = stack.enter_context(at.client_at(new_address()))
            return register(client, email, password)

        yield new_user


@pytest.fixture
def stranger(service: Service) -> Iterator[httpx.Client]:
    """A client of somebody who has no account, at an address that nobody else calls from."""
    with service.client_at(new_address()) as client:
        yield client
