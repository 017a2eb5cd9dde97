"""Contract, "Health": livez, readyz, and what they say of a database that is away."""

import socket
from pathlib import Path

import pytest

from tests.contract import expect
from tests.contract.conftest import Relayed, Start, at_port
from tests.contract.expect_inference import ready
from tests.support.combinations import Combination, every_framework, every_service, over
from tests.support.services import PATIENCE_SECONDS, Service, eventually, promptly

every_server = over(("postgresql", "mysql"))

# Each check is bounded to 2 s; the rest is for a busy machine.
READY_SECONDS = 3.5


def away(service: Service) -> None:
    """The service is alive but says at once that it can serve nobody."""
    content = expect.ok(promptly(lambda: service.client.get("/readyz"), READY_SECONDS), 503)
    assert content["status"] == "unavailable"
    assert content["checks"]["database"] == "unavailable"
    assert expect.ok(promptly(lambda: service.client.get("/livez"), 1)) == {"status": "ok"}


@every_service
def test_livez_says_ok(service: Service) -> None:
    assert expect.ok(service.client.get("/livez")) == {"status": "ok"}


@every_service
def test_readyz_checks_each_part_that_is_on(service: Service, combination: Combination) -> None:
    parts = {
        "database": combination.database != "none",
        "model": combination.ml,
        # With no sockets it only counts failed sign-ins, and the service has no address of it.
        "redis": combination.websockets,
    }
    checks = {part: "ok" for part, on in parts.items() if on}
    # A model is loaded after the start.
    ready(service)
    assert expect.ok(service.client.get("/readyz")) == {"status": "ok", "checks": checks}


@every_server
@pytest.mark.parametrize("loss", ["refuse", "stall"])
def test_a_lost_database_is_noticed_and_found_again(relayed: Relayed, loss: str) -> None:
    service, relay = relayed.service, relayed.relay
    expect.ok(service.client.get("/readyz"))

    getattr(relay, loss)()
    away(service)
    away(service)

    relay.refuse()
    relay.restore()
    eventually(
        lambda: service.client.get("/readyz").status_code == 200,
        PATIENCE_SECONDS,
        "the service does not find its database again",
    )
    expect.ok(service.client.get("/api/v1/items"))


@every_server
def test_a_service_starts_before_its_database(start: Start, database: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    away(start(DATABASE_URL=at_port(database["DATABASE_URL"], port)))


@every_framework
def test_a_sqlite_file_that_cannot_be_opened_is_noticed(start: Start, tmp_path: Path) -> None:
    away(start(DATABASE_URL=f"sqlite:///{tmp_path}/no/such/folder/service.db"))


@every_framework
def test_livez_touches_nothing(start: Start, tmp_path: Path) -> None:
    untouched = tmp_path / "untouched.db"
    expect.ok(start(DATABASE_URL=f"sqlite:///{untouched}").client.get("/livez"))
    assert not untouched.exists()
