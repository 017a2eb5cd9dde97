"""Contract, "Auth": a token of one framework opens the other, with one secret and one database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest

from tests.contract import expect
from tests.support.combinations import FRAMEWORKS, STORES
from tests.support.databases import fresh_database
from tests.support.projects import Projects, migrate
from tests.support.services import Service
from tests.support.starter import Starter
from tests.support.tokens import header_of
from tests.support.users import AUTH, Session, User, new_address, register

ITEMS = "/api/v1/items"
Services = dict[str, Service]
Move = Callable[[Session], Session]

pytestmark = [
    pytest.mark.parametrize(
        "services",
        [pytest.param(s, marks=pytest.mark.xdist_group(f"interchange-{s}")) for s in STORES],
        indirect=True,
    ),
    pytest.mark.parametrize(
        ("here", "there"), [FRAMEWORKS, FRAMEWORKS[::-1]], ids=lambda name: name
    ),
]


@pytest.fixture(scope="module")
def services(
    request: pytest.FixtureRequest, projects: Projects, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """Both frameworks on one database, which one of them has migrated."""
    folder = tmp_path_factory.mktemp(f"interchange-{request.param}")
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(request.param, folder))
        settings = {"DATABASE_URL": str(url), "JWT_SECRET": uuid4().hex + uuid4().hex}
        running: Services = {}
        for framework in FRAMEWORKS:
            project = projects.project(framework, request.param, "jwt")
            # The second one finds nothing to do.
            migrate(project, **settings)
            starter = Starter(project, None)
            service = Service(project, folder / framework, settings, starter=starter)
            running[framework] = stack.enter_context(service)
        yield running


@pytest.fixture
def user(services: Services, here: str) -> Iterator[User]:
    """A user who registers with one of them."""
    with services[here].client_at(new_address()) as client:
        yield register(client)


@pytest.fixture
def move(services: Services, there: str) -> Iterator[Move]:
    """Takes a session to the other one."""
    with services[there].client_at(new_address()) as client:
        yield lambda s: Session(client, s.access_token, s.refresh_token)


def over(session: Session) -> None:
    """Neither of its tokens counts any more."""
    answer = session.send_refresh()
    expect.problem(answer, 401, instance=f"{AUTH}/refresh", detail=expect.WRONG_REFRESH_TOKEN)
    expect.problem(session.me(), 401, instance=f"{AUTH}/me")


def test_a_token_of_one_opens_the_other(user: User, move: Move) -> None:
    session = user.sign_in()
    moved = move(session)
    assert expect.ok(moved.me()) == expect.ok(session.me())
    item = expect.ok(session.ask("POST", ITEMS, json={"name": "thing", "price": 1}), 201)
    assert expect.ok(moved.ask("GET", f"{ITEMS}/{item['id']}")) == item
    assert expect.ok(moved.ask("GET", ITEMS)) == expect.ok(session.ask("GET", ITEMS))
    changed = expect.ok(moved.ask("PATCH", f"{ITEMS}/{item['id']}", json={"name": "new"}))
    assert expect.ok(session.ask("GET", f"{ITEMS}/{item['id']}")) == changed


def test_both_sign_in_alike(services: Services, user: User, there: str) -> None:
    session = user.sign_in()
    with services[there].client_at(new_address()) as client:
        other = User(client, user.id, user.email, user.password).sign_in()
        assert expect.ok(other.me()) == expect.ok(session.me())
    assert header_of(other.access_token) == header_of(session.access_token)


def test_a_refresh_works_back_and_forth(user: User, move: Move) -> None:
    session = user.sign_in()
    moved = move(session).refreshed()
    assert moved.me().status_code == 200
    back = Session(user.client, moved.access_token, moved.refresh_token).refreshed()
    assert back.me().status_code == 200
    assert move(back).me().status_code == 200


def test_a_token_that_one_has_spent_is_spent_for_the_other(user: User, move: Move) -> None:
    session = user.sign_in()
    renewed = session.refreshed()
    over(move(session))
    over(renewed)
    over(move(renewed))


def test_a_logout_from_one_is_honoured_by_the_other(user: User, move: Move) -> None:
    session, other = user.sign_in(), user.sign_in()
    assert move(session).log_out().status_code == 204
    over(session)
    over(move(session))
    assert move(other).me().status_code == 200
