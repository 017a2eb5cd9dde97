"""Contract, "Pages": a person can do all that there is, whatever else the service has."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.contract.conftest import NewUser, Start
from tests.contract.test_pages import EVIL, has_page_headers, is_harmless, listed
from tests.contract.test_socket_users import bearer, closed_in_time
from tests.support.combinations import Combination, each_framework, every_page, run_over
from tests.support.page_html import Page
from tests.support.services import Service
from tests.support.sockets import knock, new_room
from tests.support.users import PASSWORD
from tests.support.visitors import Visitor, page_of, see_other, to_sign_in, visitors

ITEM = {"name": "Hammer", "price": "1.50", "category": "tools", "description": ""}
every_limited_framework = run_over(
    each_framework(database="sqlite", auth="none", pages="plain", rate_limit=True)
)


every_framework_with_sockets = run_over(
    each_framework(database="sqlite", auth="jwt", pages="plain", websockets=True)
)


@pytest.fixture
def visitor(service: Service) -> Iterator[Visitor]:
    """Somebody who has never been there."""
    with visitors(service) as new:
        yield new()


@pytest.fixture
def signed_in(combination: Combination, visitor: Visitor) -> Visitor:
    """Somebody who may make items."""
    return visitor.sign_up() if combination.auth == "jwt" else visitor


@every_page
def test_an_item_is_made_found_changed_and_deleted(signed_in: Visitor) -> None:
    visitor = signed_in
    visitor.open("/items/new")
    page = visitor.follow(visitor.submit(**ITEM), "/items")
    assert page.flash
    number = listed(page)[0]
    assert "Hammer" in page.main.text
    assert number in listed(visitor.open("/items?keyword=HAMM&category=&min_price=1.5"))
    assert number not in listed(visitor.open("/items?max_price=1.49"))
    visitor.open(f"/items/{number}/edit")
    page = page_of(visitor.submit(price="1.505", name=EVIL), 422)
    assert set(page.errors) == {"price"}
    assert page.form().values()["name"] == EVIL
    visitor.open(f"/items/{number}/edit")
    page = visitor.follow(visitor.submit(name=EVIL, description="\n1\n2"), "/items")
    assert EVIL in page.root.raw
    visitor.open(f"/items/{number}/edit")
    assert Page(visitor.last[0].text).form().values()["description"] == "\n1\n2"
    visitor.open(f"/items/{number}/delete")
    page = visitor.follow(visitor.submit(), "/items")
    assert number not in listed(page)
    page_of(visitor.ask("GET", f"/items/{number}/edit"), 404)


@every_page
def test_every_page_has_its_headers_and_no_script_of_others(
    combination: Combination, signed_in: Visitor
) -> None:
    pages = ["/items", "/items/new", "/nothing"]
    if combination.auth == "jwt":
        pages += ["/account/sessions", "/account/password"]
    for path in pages:
        answer = signed_in.ask("GET", path)
        has_page_headers(answer, str(combination.pages))
        is_harmless(Page(answer.text), str(combination.pages))
        head = signed_in.ask("HEAD", path)
        assert (head.status_code, head.content) == (answer.status_code, b"")


@every_page
def test_a_person_signs_in_and_out(combination: Combination, visitor: Visitor) -> None:
    if combination.auth == "none":
        for path in ("/sign-in", "/sign-up", "/sign-out", "/account/sessions"):
            assert visitor.ask("GET", path).status_code == 404
        return
    to_sign_in(visitor.ask("GET", "/items"), "/items")
    visitor.sign_up()
    see_other(visitor.post("/sign-out"), "/sign-in")
    assert visitor.sign_in("a wrong password").status_code == 401
    visitor.open("/sign-in?next=/items/new")
    page = visitor.follow(visitor.submit(email=visitor.email, password=PASSWORD), "/items/new")
    assert visitor.email in page.root.one("header").text
    visitor.open("/account/password")
    new = PASSWORD[::-1]
    visitor.follow(visitor.submit(current=PASSWORD, new=new), "/account/sessions")
    visitor.follow(visitor.post("/account/sessions/end-others"), "/account/sessions")
    visitor.submit("/sign-out")
    see_other(visitor.last[0], "/sign-in")
    see_other(visitor.sign_in(new), "/items")


@every_page
def test_a_form_of_another_site_is_403(signed_in: Visitor) -> None:
    for site in ("cross-site", "same-site", ""):
        answer = signed_in.post("/items", ITEM, **{"Sec-Fetch-Site": site})
        page_of(answer, 403)


@every_framework_with_sockets
def test_a_changed_password_closes_the_sockets_of_its_user_and_of_no_other(
    service: Service, visitor: Visitor, new_user: NewUser
) -> None:
    visitor.sign_up()
    visitor.api("GET", "/api/v1/items")  # signs a program in
    room, somebody_else = new_room(), new_user().sign_in()
    with (
        knock(service, room, bearer(visitor.tokens[0])) as own,
        knock(service, room, bearer(somebody_else.access_token)) as other,
    ):
        for entered in (own, other):
            assert entered.read()["type"] == "welcome"
        started = time.monotonic()
        visitor.open("/account/password")
        see_other(visitor.submit(current=PASSWORD, new=PASSWORD[::-1]), "/account/sessions")
        closed_in_time(started, own)
        other.say("still here")
        assert other.bodies(1) == ["still here"]


@every_limited_framework
def test_forms_count_at_the_rate_limit_and_pages_do_not(start_shared: Start) -> None:
    service = start_shared(RATE_LIMIT="2/day")
    with ExitStack() as stack:
        visitor = stack.enter_context(visitors(service))()
        for _ in range(2):
            answer = visitor.post("/items", ITEM)
            see_other(answer, "/items")
            assert answer.headers["ratelimit-policy"] == '"default";q=2;w=86400'
        refused = visitor.post("/items", ITEM)
        assert int(refused.headers["retry-after"]) >= 1
        has_page_headers(refused, "plain")
        page = page_of(refused, 429)
        assert "429" in page.main.text
        answer = visitor.ask("GET", "/items")
        assert len(listed(page_of(answer))) == 2
        assert "ratelimit" not in answer.headers
