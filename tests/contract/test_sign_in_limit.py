"""Contract, "Auth": more than 10 failed sign-ins a minute, for an address or a client, are a 429."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import redis

from tests.contract import expect
from tests.contract.conftest import NewUser, Start
from tests.support.bootstrap import Clock
from tests.support.combinations import every_signed_in_framework
from tests.support.databases import redis_server
from tests.support.relay import Relay
from tests.support.services import Service, eventually, promptly
from tests.support.users import AUTH, PASSWORD, User, new_address, new_email

TOKEN = f"{AUTH}/token"
LIMIT = 10
WINDOW_SECONDS = 60
# What the loss of Redis may cost a request at most, on a busy machine.
LOSS_SECONDS = 4
WRONG = "wrong horse battery staple"


def fail(client: httpx.Client, email: str, **headers: str) -> httpx.Response:
    """Try to sign in with a wrong password."""
    return client.post(TOKEN, data={"username": email, "password": WRONG}, headers=headers)


def wrong(answer: httpx.Response) -> None:
    expect.problem(answer, 401, instance=TOKEN, detail=expect.WRONG_CREDENTIALS)


def too_many(answer: httpx.Response) -> int:
    """It is a 429; returns how many seconds it tells the client to wait."""
    expect.problem(answer, 429, instance=TOKEN)
    seconds = int(answer.headers["retry-after"])
    assert 1 <= seconds <= WINDOW_SECONDS
    return seconds


# Time stands still in all services here unless a test moves it: on a busy machine a minute ends
# before the tenth failure.
@pytest.fixture(scope="session")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The PYTHONPATH with which time stands still in services that tests share."""
    return Clock(tmp_path_factory.mktemp("clock")).pythonpath


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    """The clock of the services that the test starts itself."""
    return Clock(tmp_path)


@pytest.fixture
def start(start: Start, clock: Clock) -> Start:
    """Starts services that go by the clock of the test."""
    return partial(start, PYTHONPATH=clock.pythonpath)


@pytest.fixture(scope="session")
def still(start_shared: Start, stopped: str) -> Service:
    """A service with no other setting."""
    return start_shared(PYTHONPATH=stopped)


@pytest.fixture(scope="session")
def behind_proxies(start_shared: Start, stopped: str) -> Service:
    """A service that believes what these proxies say of their clients."""
    return start_shared(
        PYTHONPATH=stopped, TRUSTED_PROXIES="127.0.0.0/8,192.0.2.1, 2001:db8:ffff::/48"
    )


@pytest.fixture
def new_user(new_user: NewUser, still: Service) -> NewUser:
    """Registers users where time stands still."""

    def new_user_there(
        at: Service = still, *, email: str | None = None, password: str = PASSWORD
    ) -> User:
        return new_user(at, email=email, password=password)

    return new_user_there


@pytest.fixture
def clients(still: Service) -> Iterator[Any]:
    """Makes clients at addresses of their own."""
    with ExitStack() as stack:
        yield lambda at=still: stack.enter_context(at.client_at(new_address()))


@every_signed_in_framework
def test_an_address_with_ten_failures_is_refused_wherever_it_signs_in(
    new_user: NewUser, clients: Any
) -> None:
    user, other = new_user(), new_user()
    for number in range(LIMIT):
        # Each from a client of its own, and in any case.
        wrong(fail(clients(), user.email.upper() if number % 2 else user.email))
    too_many(user.send_credentials())
    too_many(fail(clients(), user.email))
    too_many(fail(clients(), user.email.upper()))
    # Nobody else is locked out, and who is signed in stays so.
    other.sign_in()


@every_signed_in_framework
def test_an_unknown_address_is_refused_as_a_known_one_is(clients: Any) -> None:
    email = new_email()
    for _ in range(LIMIT):
        wrong(fail(clients(), email))
    too_many(fail(clients(), email))


@every_signed_in_framework
def test_a_client_with_ten_failures_is_refused_whatever_its_address(
    new_user: NewUser,
) -> None:
    user, other = new_user(), new_user()
    session = user.sign_in()
    for _ in range(LIMIT):
        wrong(fail(user.client, new_email()))
    too_many(user.send_credentials())
    too_many(fail(user.client, new_email()))
    too_many(fail(user.client, "no address"))
    # Its tokens count, and the same user may sign in from elsewhere.
    assert session.refreshed().me().status_code == 200
    assert other.send_credentials(username=user.email).status_code == 200


@every_signed_in_framework
def test_nine_failures_and_any_number_of_sign_ins_are_nothing(new_user: NewUser) -> None:
    user = new_user()
    for _ in range(LIMIT - 1):
        wrong(fail(user.client, user.email))
    for _ in range(LIMIT):
        user.sign_in()


@every_signed_in_framework
def test_what_is_no_sign_in_is_not_counted(new_user: NewUser) -> None:
    user = new_user()
    for _ in range(LIMIT + 2):
        answer = user.client.post(TOKEN, data={"username": user.email})
        expect.invalid(answer, instance=TOKEN, kind="missing")
        user.client.post(f"{AUTH}/refresh", json={"refresh_token": "x"})
        user.client.get(f"{AUTH}/me")
    user.sign_in()


@every_signed_in_framework
def test_a_burst_cannot_pass_the_limit_by_more_than_what_hashes_at_once(
    good_hashes: Service, new_user: NewUser
) -> None:
    user, slots = new_user(good_hashes), len(os.sched_getaffinity(0))
    number = 2 * (LIMIT + slots)
    with ThreadPoolExecutor(number) as pool:
        answers = list(pool.map(lambda _: fail(user.client, user.email), range(number)))
    failed = [answer for answer in answers if answer.status_code == 401]
    for answer in answers:
        (wrong if answer in failed else too_many)(answer)
    assert LIMIT <= len(failed) <= LIMIT + slots


@every_signed_in_framework
@pytest.mark.parametrize("shared", [False, True], ids=["one-process", "redis"])
def test_the_tenth_failure_counts_for_a_minute_to_the_second(
    start: Start, new_user: NewUser, clock: Clock, *, shared: bool
) -> None:
    service = start(REDIS_URL=redis_server() if shared else "")
    user = new_user(service)
    for _ in range(LIMIT):
        wrong(fail(user.client, user.email))
    assert too_many(user.send_credentials()) == WINDOW_SECONDS
    clock.move(WINDOW_SECONDS - 0.5)
    assert too_many(user.send_credentials()) == 1
    clock.move(1)
    user.sign_in()


@every_signed_in_framework
def test_failures_on_both_sides_of_a_minute_of_the_clock_count_together(
    start: Start, new_user: NewUser, clock: Clock
) -> None:
    service = start()
    user = new_user(service)
    clock.move_to_the_next_minute(-0.5)
    for _ in range(LIMIT - 1):
        wrong(fail(user.client, user.email))
    clock.move(1)
    wrong(fail(user.client, user.email))
    # One more would be let in by a limiter that begins anew with each minute.
    too_many(user.send_credentials())


@every_signed_in_framework
def test_who_is_no_trusted_proxy_cannot_name_another_client(start: Start, still: Service) -> None:
    others = start(TRUSTED_PROXIES="10.0.0.0/8, 2001:db8::/32")
    # 127.0.0.1 is whom servers trust unless they are told otherwise.
    for service, address in ((still, "127.0.0.1"), (others, new_address())):
        with service.client_at(address) as client:
            for number in range(LIMIT):
                headers = {
                    "X-Forwarded-For": f"203.0.113.{number}",
                    "X-Real-IP": f"203.0.113.{number}",
                    "Forwarded": f"for=203.0.113.{number}",
                }
                wrong(fail(client, new_email(), **headers))
            too_many(fail(client, new_email(), **{"X-Forwarded-For": "203.0.113.99"}))


@every_signed_in_framework
def test_a_trusted_proxy_names_the_client(behind_proxies: Service) -> None:
    with behind_proxies.client_at() as proxy:

        def attempt(*forwarded: str) -> int:
            """The status for a new address from the client that these headers name."""
            headers = [("X-Forwarded-For", value) for value in forwarded]
            form = {"username": new_email(), "password": WRONG}
            return proxy.post(TOKEN, data=form, headers=headers).status_code

        for client, same, others in (
            (
                "203.0.113.7",
                # The rightmost address that is no trusted proxy; what stands before it is hearsay.
                [
                    ("203.0.113.7",),
                    ("198.51.100.1 ,  203.0.113.7",),
                    ("198.51.100.1, 203.0.113.7",),
                    ("198.51.100.1,203.0.113.7,127.0.0.9",),
                    ("203.0.113.7, 192.0.2.1, 127.3.2.1",),
                    ("198.51.100.1", "203.0.113.7"),
                    ("203.0.113.7", "192.0.2.1"),
                    ("203.0.113.7, 2001:db8:ffff::1",),
                    ("garbage, 203.0.113.7",),
                    ("::ffff:203.0.113.7",),
                ],
                [("203.0.113.8",), ("203.0.113.7, 203.0.113.9",), ("203.0.113.7, 192.0.2.2",)],
            ),
            (
                "2001:db8:1:2::1",
                # Who has one address of IPv6 has the whole network of it.
                [("2001:db8:1:2::1",), ("2001:DB8:1:2:ffff:ffff:ffff:ffff",)],
                [("2001:db8:1:3::1",), ("2001:db8::1:2:0:1",)],
            ),
        ):
            assert [attempt(client) for _ in range(LIMIT)] == [401] * LIMIT
            for forwarded in same:
                assert attempt(*forwarded) == 429, forwarded
            for forwarded in others:
                assert attempt(*forwarded) == 401, forwarded


@every_signed_in_framework
def test_what_no_proxy_would_send_is_no_server_error(behind_proxies: Service) -> None:
    with behind_proxies.client_at() as proxy:
        for value in (
            "",
            ",",
            ",,,",
            "unknown",
            "1.2.3.4:80",
            "[2001:db8::1]:80",
            "fe80::1%eth0",
            "1.2.3",
            "0x7f.1",
            "1.2.3.4 5.6.7.8",
            "é",
            "127.0.0.1",
            ",".join(["127.0.0.1"] * 500),
        ):
            headers = {"X-Forwarded-For": value.encode("latin-1")}
            form = {"username": new_email(), "password": WRONG}
            answer = proxy.post(TOKEN, data=form, headers=headers)  # type: ignore[arg-type]
            assert answer.status_code in {401, 429}, value


@every_signed_in_framework
def test_with_redis_all_workers_count_together(start: Start, new_user: NewUser) -> None:
    address = redis_server()
    store = redis.Redis.from_url(address)
    before = set(store.keys("*"))
    service = start(REDIS_URL=address, WEB_CONCURRENCY="2")
    checks = {"database": "ok", "redis": "ok"}
    assert expect.ok(service.client.get("/readyz")) == {"status": "ok", "checks": checks}
    user = new_user(service)

    def from_elsewhere(_: int) -> int:
        with service.client_at(new_address()) as client:
            return fail(client, user.email).status_code

    for _ in range(LIMIT):
        assert from_elsewhere(0) == 401
    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(from_elsewhere, range(24))) == {429}
    too_many(user.send_credentials())
    # What Redis is told names nobody.
    keys = set(store.keys("*")) - before
    assert keys
    for key in keys:
        assert user.email.encode() not in key
        assert b"127." not in key
    store.close()


@every_signed_in_framework
@pytest.mark.parametrize("loss", ["refuse", "stall"])
def test_without_redis_each_process_counts_until_it_is_back(
    start: Start, new_user: NewUser, loss: str
) -> None:
    address = urlsplit(redis_server())
    with Relay(address.hostname or "", address.port or 6379) as relay:
        service = start(REDIS_URL=f"redis://127.0.0.1:{relay.port}/0")
        user, other = new_user(service), new_user(service)
        user.sign_in()

        getattr(relay, loss)()
        degraded(service)
        for _ in range(LIMIT):
            in_time(lambda: wrong(fail(user.client, user.email)))
        in_time(lambda: too_many(user.send_credentials()))
        in_time(other.sign_in)
        degraded(service)

        relay.refuse()
        relay.restore()
        eventually(
            lambda: service.client.get("/readyz").json()["status"] == "ok",
            10,
            "the service does not find Redis again",
        )
        eventually(lambda: counts_together(start, service), 30, "failures are not counted in Redis")
    assert "Traceback" not in service.stdout + service.stderr


def degraded(service: Service) -> None:
    """The service can serve, and says at once what it lacks."""
    assert expect.ok(promptly(lambda: service.client.get("/readyz"), LOSS_SECONDS)) == {
        "status": "degraded",
        "checks": {"database": "ok", "redis": "unavailable"},
    }


def in_time(act: Any) -> None:
    """Nothing hangs."""
    started = time.monotonic()
    act()
    assert time.monotonic() - started < LOSS_SECONDS


def counts_together(start: Start, service: Service) -> bool:
    """Whether a failed sign-in leaves something in Redis."""
    with redis.Redis.from_url(redis_server()) as store, service.client_at(new_address()) as client:
        before = set(store.keys("*"))
        wrong(fail(client, new_email()))
        return bool(set(store.keys("*")) - before)


@every_signed_in_framework
def test_a_service_starts_without_its_redis_and_keeps_the_password_of_it(
    start: Start, new_user: NewUser
) -> None:
    service = start(REDIS_URL="redis://:hunter2@127.0.0.1:9/0")
    degraded(service)
    user = new_user(service)
    in_time(lambda: wrong(fail(user.client, user.email)))
    in_time(user.sign_in)
    service.client.get("/nothing", headers={"X-Request-ID": "the-end"})
    service.log_of("the-end")
    assert "hunter2" not in service.stdout + service.stderr


@every_signed_in_framework
def test_a_lost_database_is_more_than_a_lost_redis(start: Start, tmp_path: Path) -> None:
    service = start(
        DATABASE_URL=f"sqlite:///{tmp_path}/no/such/folder/service.db",
        REDIS_URL="redis://127.0.0.1:9/0",
    )
    assert expect.ok(service.client.get("/readyz"), 503) == {
        "status": "unavailable",
        "checks": {"database": "unavailable", "redis": "unavailable"},
    }
