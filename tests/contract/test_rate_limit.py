"""Contract, "Rate limit": a caller who sends too many requests gets a 429."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import httpx
import pytest
import redis

from tests.contract import expect
from tests.contract.conftest import NewUser, ReadSettings, Start
from tests.support.bootstrap import Clock
from tests.support.combinations import each_framework, run_over
from tests.support.databases import redis_server
from tests.support.relay import Relay
from tests.support.services import Service
from tests.support.users import new_address

LIMIT, WINDOW_SECONDS = 5, 60
SETTING = f"{LIMIT}/minute"
NOTHING = "/api/v1/nothing"
FRIEND = "https://a.example"
PROBES = ("/livez", "/readyz", "/openapi.json", "/docs")

pytestmark = run_over(each_framework(database="sqlite", auth="jwt", rate_limit=True))


class Clients(Protocol):
    """Makes clients, each at an address of its own."""

    def __call__(self, at: Service = ...) -> httpx.Client: ...


# Time stands still unless a test moves it: on a busy machine a minute may end before five requests.
@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    """The clock of the services."""
    return Clock(tmp_path)


@pytest.fixture
def start(start: Start, clock: Clock) -> Start:
    """Starts services that go by the clock, with a low limit."""
    return partial(start, PYTHONPATH=clock.pythonpath, RATE_LIMIT=SETTING)


@pytest.fixture(scope="session")
def limited(start_shared: Start, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A service with that limit, which pages of another origin may call; time stands still."""
    clock = Clock(tmp_path_factory.mktemp("clock"))
    return start_shared(PYTHONPATH=clock.pythonpath, RATE_LIMIT=SETTING, CORS_ORIGINS=FRIEND)


@pytest.fixture
def clients(limited: Service) -> Iterator[Clients]:
    """Makes clients of the service that tests share, or of another one."""
    with ExitStack() as stack:
        yield lambda at=limited: stack.enter_context(at.client_at(new_address()))


def left(answer: httpx.Response) -> int:
    """How many requests the answer says are left; it says the rest of it too."""
    assert answer.headers["ratelimit-policy"] == f'"default";q={LIMIT};w={WINDOW_SECONDS}'
    name, remaining, seconds = answer.headers["ratelimit"].split(";")
    assert name == '"default"'
    assert 1 <= int(seconds.removeprefix("t=")) <= WINDOW_SECONDS
    return int(remaining.removeprefix("r="))


def too_many(answer: httpx.Response) -> None:
    detail = "There were too many requests. Try again later."
    expect.problem(answer, 429, instance=answer.request.url.path, detail=detail)
    assert 1 <= int(answer.headers["retry-after"]) <= WINDOW_SECONDS
    assert left(answer) == 0


def use_up(client: httpx.Client) -> None:
    """Send as many requests as the limit allows."""
    assert [left(client.get(NOTHING)) for _ in range(LIMIT)] == list(reversed(range(LIMIT)))


def test_a_client_gets_429_after_too_many_requests_and_others_do_not(clients: Clients) -> None:
    client = clients()
    use_up(client)
    too_many(client.get(NOTHING))
    too_many(client.get("/api/v1/items"))
    too_many(client.post("/api/v1/auth/token", data={"username": "a", "password": "b"}))
    assert left(clients().get(NOTHING)) == LIMIT - 1


def test_every_answer_counts_and_says_what_is_left(clients: Clients) -> None:
    client = clients()
    expected = iter(reversed(range(LIMIT)))
    for method, path, status in (
        ("GET", "/api/v1/items", 401),
        ("HEAD", "/api/v1/items", 401),
        ("PUT", "/api/v1/items", 405),
        ("POST", "/api/v1/auth/register", 422),
        ("POST", "/nothing", 404),
    ):
        answer = client.request(method, path)
        assert (answer.status_code, left(answer)) == (status, next(expected))


def test_probes_and_pages_are_never_limited(clients: Clients) -> None:
    client = clients()
    use_up(client)
    for path in PROBES:
        answer = client.get(path)
        assert answer.status_code == 200
        assert "ratelimit" not in answer.headers


def test_a_preflight_does_not_count(clients: Clients) -> None:
    client = clients()
    asked = {"Origin": FRIEND, "Access-Control-Request-Method": "GET"}
    for _ in range(LIMIT + 1):
        assert client.options(NOTHING, headers=asked).status_code == 204
    assert left(client.get(NOTHING)) == LIMIT - 1


def test_a_user_is_counted_at_whatever_address(
    limited: Service, new_user: NewUser, clients: Clients
) -> None:
    user = new_user(limited)
    headers = {"Authorization": f"Bearer {user.sign_in().access_token}"}
    for number in reversed(range(LIMIT)):
        assert left(clients().get("/api/v1/items", headers=headers)) == number
    too_many(clients().get("/api/v1/items", headers=headers))
    # At the address of the user, others are not stopped.
    assert user.client.get(NOTHING).status_code == 404


@pytest.mark.parametrize(
    "header", ["Bearer x", "Basic eDp5", "Bearer", "", "Bearer {token},Bearer {token}", "{token}"]
)
def test_without_a_valid_token_the_address_is_counted(
    clients: Clients, token: str, header: str
) -> None:
    client = clients()
    sent = {"Authorization": header.format(token=token)}
    for number in reversed(range(LIMIT)):
        assert left(client.get("/api/v1/items", headers=sent)) == number
    too_many(client.get("/api/v1/items", headers=sent))
    too_many(client.get(NOTHING))


def test_the_scheme_of_the_token_may_have_any_case(clients: Clients, limited: Service) -> None:
    assert limited.token
    seen = [
        left(clients().get(NOTHING, headers={"Authorization": f"{scheme} {limited.token}"}))
        for scheme in ("Bearer", "bearer", "BEARER ")
    ]
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == len(seen)


def test_time_frees_requests(start: Start, clock: Clock, clients: Clients) -> None:
    service = start()
    clock.move_to_the_next_minute(1)
    client = clients(service)
    use_up(client)
    answer = client.get(NOTHING)
    too_many(answer)
    clock.move(int(answer.headers["retry-after"]))
    assert client.get(NOTHING).status_code == 404
    clock.move(2 * WINDOW_SECONDS)
    use_up(client)


def test_behind_a_trusted_proxy_each_client_counts_for_itself(
    start: Start, clients: Clients
) -> None:
    proxy = clients(start(TRUSTED_PROXIES="127.0.0.0/8"))
    for _ in range(LIMIT):
        proxy.get(NOTHING, headers={"X-Forwarded-For": "1.2.3.4"})
    too_many(proxy.get(NOTHING, headers={"X-Forwarded-For": "9.9.9.9, 1.2.3.4"}))
    assert left(proxy.get(NOTHING, headers={"X-Forwarded-For": "1.2.3.5"})) == LIMIT - 1


def test_from_another_peer_the_header_of_proxies_is_not_believed(clients: Clients) -> None:
    client = clients()
    use_up(client)
    too_many(client.get(NOTHING, headers={"X-Forwarded-For": "1.2.3.4"}))


def test_a_page_of_another_origin_may_read_what_is_left(clients: Clients) -> None:
    answer = clients().get(NOTHING, headers={"Origin": FRIEND})
    exposed = answer.headers["access-control-expose-headers"].split(", ")
    assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= set(exposed)


def test_with_redis_all_workers_count_together(start: Start, clients: Clients) -> None:
    address = redis_server()
    with redis.Redis.from_url(address) as store:
        before = set(store.keys("*"))
        client = clients(start(REDIS_URL=address, WEB_CONCURRENCY="2"))
        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(lambda _: client.get(NOTHING).status_code, range(24)))
        assert sorted(statuses) == [404] * LIMIT + [429] * (24 - LIMIT)
        keys = set(store.keys("*")) - before
        assert keys
        assert not [key for key in keys if b"127." in key]


@pytest.mark.parametrize("loss", ["refuse", "stall"])
def test_without_redis_each_process_counts(start: Start, clients: Clients, loss: str) -> None:
    address = urlsplit(redis_server())
    with Relay(address.hostname or "", address.port or 6379) as relay:
        service = start(REDIS_URL=f"redis://127.0.0.1:{relay.port}/0")
        assert left(clients(service).get(NOTHING)) == LIMIT - 1
        getattr(relay, loss)()
        client = clients(service)
        use_up(client)
        too_many(client.get(NOTHING))
    assert "Traceback" not in service.stdout + service.stderr


@pytest.mark.parametrize("rate", ["many", "0", "10", "-1/minute", "1/fortnight", "/minute"])
def test_a_rate_that_is_none_stops_the_start(read_settings: ReadSettings, rate: str) -> None:
    refusal = read_settings({"RATE_LIMIT": rate}).refusal
    assert refusal.startswith("RATE_LIMIT: ")
    assert "600/minute" in refusal


@pytest.mark.parametrize("rate", ["1/second", "100/minute", "1000 per hour", "5/10minutes"])
def test_a_rate_is_a_number_and_a_time(read_settings: ReadSettings, rate: str) -> None:
    assert read_settings({"RATE_LIMIT": rate}).settings["rate_limit"] == rate


def test_the_document_names_the_answer_of_every_operation_but_health(limited: Service) -> None:
    paths = expect.ok(limited.client.get("/openapi.json"))["paths"]
    for path, operations in paths.items():
        for operation in operations.values():
            assert ("429" in operation["responses"]) == path.startswith("/api/"), path
