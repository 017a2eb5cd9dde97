"""Contract, "Every response": a 500 says nothing of its cause; the log has the traceback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract import expect
from tests.support.combinations import Combination, every_store
from tests.support.databases import fresh_database
from tests.support.services import Service

pytestmark = every_store

ITEMS = "/api/v1/items"
ORIGIN = "https://a.example"


@pytest.fixture(scope="session")
def broken(
    combination: Combination,
    project: Path,
    database: dict[str, str],
    token: str | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    """A service whose database answers but has no tables."""
    folder = tmp_path_factory.mktemp(f"broken-{combination}")
    with fresh_database(combination.database, folder) as url:
        settings = database | {"DATABASE_URL": str(url), "CORS_ORIGINS": ORIGIN}
        with Service(project, folder, settings, token=token) as running:
            yield running


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", ITEMS, None),
        ("POST", ITEMS, {"name": "thing", "price": "1.00"}),
        ("GET", f"{ITEMS}/1", None),
        ("PATCH", f"{ITEMS}/1", {"name": "thing"}),
        ("DELETE", f"{ITEMS}/1", None),
    ],
)
def test_a_failure_is_a_500_problem_that_names_no_cause(
    broken: Service, method: str, path: str, body: object
) -> None:
    answer = broken.client.request(method, path, json=body)
    expect.problem(answer, 500, instance=path)
    for word in ("traceback", "sqlalchemy", "select", "insert", "no such table", "relation"):
        assert word not in answer.text.lower()


def test_the_log_has_the_traceback_and_the_request_id(broken: Service) -> None:
    answer = broken.client.get(ITEMS, headers={"X-Request-ID": "fails"})
    expect.problem(answer, 500, instance=ITEMS)
    lines = broken.log_of("fails")
    assert sum("Traceback" in str(line) for line in lines) == 1
    assert [line["status"] for line in lines if "status" in line] == [500]


def test_a_failure_can_be_read_by_an_allowed_origin(broken: Service) -> None:
    answer = broken.client.get(ITEMS, headers={"Origin": ORIGIN})
    expect.problem(answer, 500, instance=ITEMS)
    assert answer.headers["access-control-allow-origin"] == ORIGIN


def test_head_of_a_failure_has_no_body(broken: Service) -> None:
    answer = broken.client.head(ITEMS)
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.content == b""


def test_the_service_goes_on_after_failures(broken: Service) -> None:
    for _ in range(30):  # more than any pool of connections holds
        expect.problem(broken.client.get(ITEMS), 500, instance=ITEMS)
    expect.ok(broken.client.get("/livez"))
    assert expect.ok(broken.client.get("/readyz"))["status"] == "ok"


def test_what_is_refused_needs_no_database(broken: Service, combination: Combination) -> None:
    answer = broken.client.post(ITEMS, content=b"{", headers={"Content-Type": "application/json"})
    expect.invalid(answer, instance=ITEMS, kind="json_invalid")
    if combination.auth == "jwt":
        return  # who asks is looked up before anything else
    answer = broken.client.post(ITEMS, json={"name": "", "price": "1.00"})
    expect.invalid(answer, instance=ITEMS, loc=["body", "name"])
    expect.invalid(broken.client.get(f"{ITEMS}/abc"), instance=f"{ITEMS}/abc")
