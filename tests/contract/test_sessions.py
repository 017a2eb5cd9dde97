"""Contract, "Auth": refresh and logout, also for many at once and on several workers."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

import httpx
import pytest

from tests.contract import expect
from tests.contract.conftest import NewUser, Start
from tests.support.combinations import (
    Combination,
    every_signed_in,
    every_signed_in_framework,
    over,
)
from tests.support.databases import connect, execute, query
from tests.support.services import PATIENCE_SECONDS, Service, eventually
from tests.support.tokens import claims_of
from tests.support.users import AUTH, WEAK_HASH, Session, User, session_of

ME, REFRESH, LOGOUT = f"{AUTH}/me", f"{AUTH}/refresh", f"{AUTH}/logout"
ITEMS = "/api/v1/items"
# On a busy machine most miss the moment.
ATTEMPTS = 50
# How many requests of the database wait for a lock that another one holds.
WAITING = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'",
    # InnoDB's own list is a cache that is too rarely renewed. What still runs here, waits.
    "mysql": "SELECT count(*) FROM information_schema.processlist"
    " WHERE db = database() AND info REGEXP '^(UPDATE|DELETE)'",
}


@pytest.fixture(params=["service", "several_workers"])
def on_workers(request: pytest.FixtureRequest) -> Service:
    """The service with one worker, then with several."""
    running: Service = request.getfixturevalue(request.param)
    return running


def at_once(
    service: Service, number: int, ask: Callable[[httpx.Client], httpx.Response]
) -> list[httpx.Response]:
    """The answers to requests that are sent at the same time, each on a connection of its own."""

    def send(_: int) -> httpx.Response:
        with service.client_at() as client:
            return ask(client)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(send, range(number)))


def refused(answer: httpx.Response, detail: str = expect.WRONG_REFRESH_TOKEN) -> None:
    expect.problem(answer, 401, instance=REFRESH, detail=detail)


def over_with(session: Session) -> None:
    """Neither of its tokens counts any more."""
    expect.problem(session.me(), 401, instance=ME)
    expect.problem(session.ask("GET", ITEMS), 401, instance=ITEMS)
    refused(session.send_refresh())


@every_signed_in
def test_a_refresh_token_is_good_for_a_new_pair(new_user: NewUser) -> None:
    session = new_user().sign_in()
    answer = session.send_refresh()
    pair = expect.ok(answer)
    assert list(pair) == ["access_token", "refresh_token", "token_type", "expires_in"]
    assert (pair["token_type"], pair["expires_in"]) == ("bearer", 900)
    assert answer.headers["cache-control"] == "no-store"
    renewed = session_of(session.client, answer)
    assert expect.ok(renewed.me()) == expect.ok(session.me())
    old, new = claims_of(session.access_token), claims_of(renewed.access_token)
    assert new["fam"] == old["fam"]
    assert new["jti"] != old["jti"]
    assert new["fresh"] is False
    # And so on.
    assert renewed.refreshed().refreshed().me().status_code == 200


@every_signed_in
def test_a_spent_refresh_token_ends_its_whole_family(new_user: NewUser) -> None:
    user = new_user()
    session, other = user.sign_in(), user.sign_in()
    renewed = session.refreshed()
    refused(session.send_refresh())
    over_with(session)
    over_with(renewed)
    # And no other: the user goes on elsewhere, and can sign in again.
    assert other.me().status_code == 200
    assert other.refreshed().me().status_code == 200
    assert user.sign_in().me().status_code == 200


@every_signed_in
def test_any_spent_token_of_a_family_ends_it(new_user: NewUser) -> None:
    first = new_user().sign_in()
    third = first.refreshed().refreshed()
    refused(first.send_refresh())
    over_with(third)


@every_signed_in
def test_a_logout_ends_the_session_and_no_other(new_user: NewUser) -> None:
    user, stranger = new_user(), new_user().sign_in()
    session, other = user.sign_in(), user.sign_in()
    renewed = session.refreshed()
    answer = renewed.log_out()
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers
    expect.secured(answer)
    over_with(session)
    over_with(renewed)
    expect.problem(renewed.log_out(), 401, instance=LOGOUT)
    assert other.me().status_code == 200
    assert other.refreshed().me().status_code == 200
    assert stranger.me().status_code == 200


@every_signed_in_framework
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({}, "missing"),
        ({"refresh_token": None}, "string_type"),
        ({"refresh_token": 1}, "string_type"),
        ({"refresh_token": ["x"]}, "string_type"),
        ({"refresh_token": ""}, "string_too_short"),
        ({"refresh_token": "\ud800"}, None),
    ],
)
def test_a_refresh_without_a_token_is_named(
    service: Service, body: dict[str, object], kind: str | None
) -> None:
    # JSON can say what UTF-8 cannot.
    headers = {"Content-Type": "application/json"}
    answer = service.client.post(REFRESH, content=json.dumps(body), headers=headers)
    expect.invalid(answer, instance=REFRESH, loc=["body", "refresh_token"], kind=kind)


@every_signed_in
def test_of_many_refreshes_at_once_one_wins(on_workers: Service, new_user: NewUser) -> None:
    for _ in range(3):
        session = new_user(on_workers).sign_in()
        body = {"refresh_token": session.refresh_token}
        answers = at_once(on_workers, 8, lambda client, b=body: client.post(REFRESH, json=b))  # type: ignore[misc]
        assert sorted(answer.status_code for answer in answers) == [200, *[401] * 7]
        for answer in answers:
            if answer.status_code == 401:
                detail = answer.json()["detail"]
                assert detail in {expect.LOST_RACE, expect.WRONG_REFRESH_TOKEN}
                refused(answer, detail)


@every_signed_in_framework
def test_a_refresh_that_delays_its_answer_keeps_no_other_from_the_database(
    start: Start, new_user: NewUser
) -> None:
    user = new_user(start(DATABASE_POOL_SIZE="1", DATABASE_SESSION_SECONDS="2"))
    # With the one session of the service in hand, one after another would take over two seconds.
    own = [user.sign_in() for _ in range(12)]
    with ThreadPoolExecutor(len(own)) as pool:
        answers = list(pool.map(Session.send_refresh, own))
    assert {answer.status_code for answer in answers} == {200}


@every_signed_in
def test_a_refresh_that_begins_before_another_is_answered_has_lost_and_ends_nothing(
    on_workers: Service, new_user: NewUser, database: dict[str, str]
) -> None:
    user = new_user(on_workers)
    for _ in range(ATTEMPTS):
        session = user.sign_in()
        # A connection that is there already: the moment is short.
        with (
            ThreadPoolExecutor(1) as pool,
            closing(connect(database["DATABASE_URL"])) as connection,
        ):
            asked = pool.submit(session.send_refresh)
            spent = partial(is_spent, session, connection)
            eventually(spent, PATIENCE_SECONDS, "the token is not spent")
            second = session.send_refresh()
            first = asked.result()
        # On a busy machine the first one may be answered before the second one begins.
        if second.json()["detail"] == expect.LOST_RACE:
            refused(second, expect.LOST_RACE)
            winner = session_of(session.client, first)
            assert winner.me().status_code == 200
            assert winner.refreshed().me().status_code == 200
            return
    pytest.fail("the two never overlapped")


def is_spent(session: Session, connection: Any) -> bool:
    claims = claims_of(session.refresh_token)
    statement = "SELECT refresh_jti FROM sessions WHERE id = %s"
    return execute(connection, statement, claims["fam"]) != [(claims["jti"],)]


@over(("postgresql", "mysql"), ("jwt",))
def test_refreshes_that_overlap_leave_the_session_to_the_one_that_won(
    on_workers: Service, new_user: NewUser, database: dict[str, str], combination: Combination
) -> None:
    session = new_user(on_workers).sign_in()
    with ThreadPoolExecutor(2) as pool:
        with locked(session, database) as waiting:
            asked = [pool.submit(session.send_refresh) for _ in range(2)]
            eventually(lambda: waiting() == 2, PATIENCE_SECONDS, "not both wait for the session")
        answers = sorted((a.result() for a in asked), key=lambda answer: answer.status_code)
    won, lost = answers
    refused(lost, expect.LOST_RACE)
    winner = session_of(session.client, won)
    assert winner.me().status_code == 200
    assert session.me().status_code == 200
    assert winner.refreshed().me().status_code == 200


@over(("postgresql", "mysql"), ("jwt",))
def test_a_logout_that_overlaps_a_refresh_ends_the_session(
    on_workers: Service, new_user: NewUser, database: dict[str, str], combination: Combination
) -> None:
    session = new_user(on_workers).sign_in()
    with ThreadPoolExecutor(2) as pool:
        with locked(session, database) as waiting:
            refresh = pool.submit(session.send_refresh)
            eventually(
                lambda: waiting() == 1,
                PATIENCE_SECONDS,
                "the refresh does not wait for the session",
            )
            logout = pool.submit(session.log_out)
            eventually(
                lambda: waiting() == 2, PATIENCE_SECONDS, "the logout does not wait for the session"
            )
        assert logout.result().status_code == 204
        refreshed = refresh.result()
    assert refreshed.status_code in {200, 401}
    over_with(session)
    if refreshed.status_code == 200:
        over_with(session_of(session.client, refreshed))


@over(("postgresql", "mysql"), ("jwt",))
def test_a_sign_in_that_overlaps_a_new_password_is_refused(
    service: Service, new_user: NewUser, database: dict[str, str], combination: Combination
) -> None:
    user, url = new_user(), database["DATABASE_URL"]
    answer = sign_in_while_replaced(user, "new", url, combination)
    expect.problem(answer, 401, instance=f"{AUTH}/token", detail=expect.WRONG_CREDENTIALS)
    assert query(url, "SELECT id FROM sessions WHERE user_id = %s", user.id) == []


@over(("postgresql", "mysql"), ("jwt",))
def test_a_sign_in_whose_old_hash_another_one_renews_succeeds(
    service: Service, new_user: NewUser, database: dict[str, str], combination: Combination
) -> None:
    user, url = new_user(), database["DATABASE_URL"]
    statement = "SELECT password_hash FROM users WHERE id = %s"
    renewed = str(query(url, statement, user.id)[0][0])
    query(url, "UPDATE users SET password_hash = %s WHERE id = %s", WEAK_HASH, user.id)
    assert sign_in_while_replaced(user, renewed, url, combination).status_code == 200
    assert query(url, statement, user.id) == [(renewed,)]


def sign_in_while_replaced(
    user: User, password_hash: str, url: str, combination: Combination
) -> httpx.Response:
    """Sign in, and let another request replace the hash that was read before it is written."""
    with ThreadPoolExecutor(1) as pool:
        with closing(connect(url)) as connection, closing(connection.cursor()) as cursor:
            cursor.execute("BEGIN")
            statement = "UPDATE users SET password_hash = %s WHERE id = %s"
            cursor.execute(statement, (password_hash, user.id))
            asked = pool.submit(user.send_credentials)
            eventually(
                lambda: query(url, WAITING[combination.database]) == [(1,)],
                PATIENCE_SECONDS,
                "the sign-in does not wait for the user",
            )
            cursor.execute("COMMIT")
        return asked.result()


@contextmanager
def locked(session: Session, database: dict[str, str]) -> Iterator[Callable[[], int]]:
    """Hold the row of a session; yields how to ask how many requests wait for it."""
    url = database["DATABASE_URL"]
    family = claims_of(session.access_token)["fam"]
    with closing(connect(url)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT id FROM sessions WHERE id = %s FOR UPDATE", (family,))
        assert cursor.fetchall() == [(family,)] or cursor.rowcount == 1
        statement = WAITING[url.partition(":")[0]]
        yield lambda: int(query(url, statement)[0][0])
        cursor.execute("ROLLBACK")


@every_signed_in
def test_a_logout_is_honoured_at_once_by_every_worker(
    several_workers: Service, new_user: NewUser
) -> None:
    session = new_user(several_workers).sign_in()
    headers = {"Authorization": f"Bearer {session.access_token}"}

    def statuses() -> set[int]:
        # So many at once that every worker takes some of them.
        answers = at_once(several_workers, 24, lambda client: client.get(ME, headers=headers))
        return {answer.status_code for answer in answers}

    assert statuses() == {200}
    assert session.log_out().status_code == 204
    assert statuses() == {401}


@every_signed_in
def test_a_session_goes_on_on_every_worker(several_workers: Service, new_user: NewUser) -> None:
    session = new_user(several_workers).sign_in()
    for _ in range(8):
        # Whichever worker answers, it knows what the others gave out.
        with several_workers.client_at() as client:
            session = Session(client, session.access_token, session.refresh_token).refreshed()
            assert session.me().status_code == 200
