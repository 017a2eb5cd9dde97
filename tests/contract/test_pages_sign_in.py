"""Contract, "The session of a browser": sign-up, sign-in, sessions and passwords on pages.

Each request goes to both services. Their answers have to be the same byte for byte.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.contract.test_pages import EVIL, as_parameters, has_page_headers, is_harmless
from tests.support import resource_rules
from tests.support.databases import query
from tests.support.page_html import Page
from tests.support.pairs import Pair
from tests.support.projects import Projects
from tests.support.services import Service
from tests.support.starter import Starter
from tests.support.users import PASSWORD, new_address, new_email
from tests.support.visitors import (
    FORM,
    NAVIGATION,
    SAME_ORIGIN,
    Visitor,
    page_of,
    see_other,
    start_with_pages,
    to_sign_in,
    visitors,
)

WRONG = "a wrong password"
OTHER_PASSWORD = "staple battery horse correct"
ATTRIBUTES = "Path=/; HttpOnly; SameSite=Lax"
SESSION_SECONDS = 30 * 24 * 60 * 60
NewVisitor = Callable[[], Visitor]

# What no database changes is asked with one; the sessions of all databases are in test_pages.py and
# in test_pages_everywhere.py.
PLACE = ("sqlite", "jwt", "plain")


@pytest.fixture(scope="module", params=as_parameters([PLACE]))
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings of both services."""
    assert request.param == PLACE
    return {"JWT_SECRET": secrets.token_hex(32)}


@pytest.fixture(scope="module")
def services(
    settings: dict[str, str], projects: Projects, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, ...]]:
    """A service of each framework with pages and sign-in."""
    folder, answers = tmp_path_factory.mktemp("pages"), {"database": "sqlite", "auth": "jwt"}
    with ExitStack() as stack:
        yield start_with_pages(
            projects,
            resource_rules.entries("jwt"),
            folder,
            stack,
            settings,
            pages=PLACE[2],
            **answers,
        )


@pytest.fixture(scope="module")
def new_visitor(services: tuple[Service, ...]) -> Iterator[NewVisitor]:
    """Makes somebody who has never been there."""
    with visitors(*services) as new:
        yield new


@pytest.fixture
def visitor(new_visitor: NewVisitor) -> Visitor:
    """Somebody who has just signed up."""
    return new_visitor().sign_up()


@pytest.fixture
def stranger(new_visitor: NewVisitor) -> Visitor:
    """Somebody without an account."""
    return new_visitor()


Restarted = Callable[..., NewVisitor]


@pytest.fixture(scope="module")
def starters(services: tuple[Service, ...]) -> list[Starter]:
    """What starts each of the services again, quickly."""
    return [Starter(service.project, service.settings["PYTHONPATH"]) for service in services]


@pytest.fixture
def with_settings(
    services: tuple[Service, ...], starters: list[Starter], tmp_path: Path
) -> Iterator[Restarted]:
    """Starts both services again, on the same databases, with other settings."""
    with ExitStack() as stack:

        def start(**changed: str) -> NewVisitor:
            started = []
            for number, service in enumerate(services):
                folder = tmp_path / f"{number}-{len(list(tmp_path.iterdir()))}"
                variables = service.settings | changed
                again = Service(service.project, folder, variables, starter=starters[number])
                started.append(stack.enter_context(again))
            return stack.enter_context(visitors(*started))

        yield start


def sessions_of(visitor: Visitor) -> list[list[str]]:
    """The ids of the sessions of a user at each service, as the database has them."""
    statement = "SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = %s"
    return [
        sorted(row[0] for row in query(s.settings["DATABASE_URL"], statement, visitor.email))
        for s in visitor.services
    ]


def execute(visitor: Visitor, statement: str, *values: object) -> None:
    """Change the database of each service."""
    for service in visitor.services:
        query(service.settings["DATABASE_URL"], statement, *values)


def is_signed_in(visitor: Visitor) -> bool:
    """Whether the cookie opens a page; it stays where it does not."""
    answer = visitor.ask("GET", "/account/sessions", keeps_cookies=False)
    assert answer.status_code in (200, 303)
    return answer.status_code == 200


def in_another_browser(visitor: Visitor, new_visitor: NewVisitor) -> Visitor:
    """The same person with another browser."""
    other = new_visitor()
    other.email = visitor.email
    see_other(other.sign_in(), "/items")
    return other


def test_who_signs_up_is_signed_in(stranger: Visitor) -> None:
    page = stranger.open("/sign-up")
    form = page.form()
    assert form.controls["password"].attributes["type"] == "password"
    assert form.controls["password"].attributes["autocomplete"] == "new-password"
    # As an email, browsers refuse letters beyond ASCII.
    assert form.controls["email"].attributes["type"] == "text"
    assert form.controls["email"].attributes["inputmode"] == "email"
    answer = stranger.submit(email=stranger.email.upper(), password=PASSWORD)
    cookies = answer.headers.get_list("set-cookie")
    (cookie,) = (cookie for cookie in cookies if not cookie.startswith("__Host-flash="))
    name, value, attributes = re.fullmatch(r"([^=]+)=([^;]+); (.*)", cookie).groups()  # type: ignore[union-attr]
    assert name == "__Host-session"
    assert re.fullmatch(r"[A-Za-z0-9_.-]{60,200}", value)
    assert {*attributes.split("; ")} == {
        *ATTRIBUTES.split("; "),
        "Secure",
        f"Max-Age={SESSION_SECONDS}",
    }
    page = stranger.follow(answer, "/items")
    assert page.flash
    assert stranger.email in page.root.one("header").text
    assert not stranger.open("/items").flash


@pytest.mark.parametrize(
    ("email", "password", "wrong"),
    [
        ("", "", ("email", "password")),
        ("ada", PASSWORD, ("email",)),
        ("a\0@example.com", PASSWORD, ("email",)),
        (EVIL, PASSWORD, ("email",)),
        (None, "short", ("password",)),
        (None, "x" * 129, ("password",)),
        ("taken", PASSWORD, ("email",)),
    ],
    ids=repr,
)
def test_a_sign_up_that_is_not_valid_is_said_at_its_field(
    stranger: Visitor, visitor: Visitor, email: str | None, password: str, wrong: tuple[str, ...]
) -> None:
    email = visitor.email if email == "taken" else stranger.email if email is None else email
    answer = stranger.post("/sign-up", {"email": email, "password": password})
    has_page_headers(answer, "plain")
    page = page_of(answer, 422)
    assert sorted(page.errors) == list(wrong)
    is_harmless(page, "plain")
    if "\0" not in email:
        assert page.form().values()["email"] == email
    assert page.form().values()["password"] == ""
    assert stranger.jars == [{}, {}]
    assert sessions_of(stranger) == [[], []]


def test_a_user_of_the_api_signs_in_on_a_page_and_the_other_way_round(
    visitor: Visitor, stranger: Visitor
) -> None:
    assert visitor.api("GET", "/api/v1/auth/me").json()["email"] == visitor.email
    pair = Pair(stranger.services, (None, None))
    body = {"email": stranger.email, "password": PASSWORD}
    assert pair.post("/api/v1/auth/register", body).status_code == 201
    page = stranger.follow(stranger.sign_in(), "/items")
    assert stranger.email in page.root.one("header").text


def test_a_wrong_password_and_an_unknown_address_are_the_same_401(
    visitor: Visitor, new_visitor: NewVisitor
) -> None:
    texts = set()
    for email, password in ((visitor.email, WRONG), (new_email(), PASSWORD), ("a\0", PASSWORD)):
        stranger = new_visitor()
        answer = stranger.post("/sign-in", {"email": email, "password": password, "next": "/x"})
        assert "www-authenticate" not in answer.headers
        has_page_headers(answer, "plain")
        page = page_of(answer, 401)
        texts.add((page.title, page.alerts, page.main.text))
        assert "The address or the password is wrong." in page.main.text
        assert page.form().values()["password"] == ""
        assert page.form().values()["next"] == "/x"
        assert stranger.jars == [{}, {}]
    assert len(texts) == 1


NEXT = {
    "/items/new": True,
    "/items?keyword=a%20b&limit=3": True,
    "/": True,
    "/" + "a" * 499: True,
    "/a//b": True,
    "/a\\b": True,
    "/<script>\"'": True,
    "": False,
    "items": False,
    "//e.example": False,
    "/\\e.example": False,
    "\\\\e.example": False,
    "https://e.example": False,
    "https:/e.example": False,
    "javascript:alert(1)": False,
    "/\te.example": False,
    "/\t/e.example": False,
    "\t//e.example": False,
    "/a\nb": False,
    "/a\r\nSet-Cookie: x=y": False,
    " /items": False,
    "/a b": False,
    "/items ": False,
    "/é": False,
    "/a\0": False,
    "/a\x7f": False,
    "/" + "a" * 500: False,
}


@pytest.mark.parametrize(("path", "counts"), NEXT.items(), ids=repr)
def test_a_sign_in_leads_to_a_path_of_this_service_and_nowhere_else(
    visitor: Visitor, new_visitor: NewVisitor, path: str, counts: bool
) -> None:
    expected = path if counts else "/items"
    # Who is signed in already.
    for place in ("/sign-in", "/sign-up"):
        answer = visitor.ask("GET", f"{place}?next={quote(path, safe='')}")
        see_other(answer, expected)
    # Who signs in, by the link and by a form that somebody else wrote.
    again = new_visitor()
    page = again.open(f"/sign-in?next={quote(path, safe='')}")
    is_harmless(page, "plain")
    again.email = visitor.email
    see_other(again.submit(email=again.email, password=PASSWORD), expected)
    form = {"email": again.email, "password": PASSWORD, "next": path}
    if "\n" not in path:  # would be another line end
        see_other(again.post("/sign-in", form), expected)


PAGES = [
    "/items",
    "/items?keyword=a%20b&limit=3",
    "/items/new",
    "/items/1/edit",
    "/items/1/delete",
    "/samples",
    "/account/sessions",
    "/account/password",
]


@pytest.mark.parametrize("path", PAGES)
def test_without_a_session_a_page_leads_to_sign_in_and_back(stranger: Visitor, path: str) -> None:
    for method in ("GET", "HEAD"):
        answer = stranger.ask(method, path)
        to_sign_in(answer, path)
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
    # Somebody whose session is over.
    stranger.with_cookies(["x", "x"])
    answer = stranger.ask("GET", path)
    to_sign_in(answer, path)
    assert answer.headers["set-cookie"].startswith("__Host-session=; ")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert stranger.jars == [{}, {}]


@pytest.mark.parametrize(
    "path",
    [
        *("/items", "/items/1", "/items/1/delete", "/account/sessions/x/end"),
        *("/account/sessions/end-others", "/account/password"),
    ],
)
def test_without_a_session_a_form_leads_to_sign_in_before_it_is_read(
    stranger: Visitor, path: str
) -> None:
    to_sign_in(stranger.post(path))
    to_sign_in(stranger.post(path, b"&".join(b"x%d=" % number for number in range(1001))))


def test_the_front_page_leads_there_also_without_a_session(stranger: Visitor) -> None:
    see_other(stranger.ask("GET", "/"), "/items")


def test_after_ten_failures_a_page_is_429(visitor: Visitor, new_visitor: NewVisitor) -> None:
    pair = Pair(visitor.services, (None, None))
    stranger = new_visitor()
    stranger.email = visitor.email
    for number in range(10):
        if number % 2:
            assert stranger.sign_in(WRONG).status_code == 401
        else:  # the API counts with it
            form = {"username": visitor.email, "password": WRONG}
            for client in stranger.clients:
                assert client.post("/api/v1/auth/token", data=form).status_code == 401
    stranger.last = []
    answers = []
    for client in stranger.clients:
        content = f"email={quote(visitor.email)}&password={quote(PASSWORD)}"
        headers = SAME_ORIGIN | {"Content-Type": FORM}
        answers.append(client.post("/sign-in", content=content, headers=headers))
    for answer in answers:
        page = page_of(answer, 429)
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert "There were too many failed sign-ins. Try again later." in page.main.text
    assert pair.get("/livez").status_code == 200
    # The user who is signed in goes on.
    assert is_signed_in(visitor)


def test_a_sign_out_ends_the_session(visitor: Visitor) -> None:
    cookies = visitor.cookies
    visitor.open("/items")
    answer = visitor.submit("/sign-out")
    page = visitor.follow(answer, "/sign-in")
    assert page.flash
    assert not visitor.open("/sign-in").flash
    assert sessions_of(visitor) == [[], []]
    assert visitor.jars == [{}, {}]
    assert not is_signed_in(visitor.with_cookies(cookies))


def test_a_sign_out_without_a_session_is_one(stranger: Visitor) -> None:
    see_other(stranger.post("/sign-out"), "/sign-in")
    see_other(stranger.with_cookies(["x", "x"]).post("/sign-out"), "/sign-in")
    assert all("session" not in name for jar in stranger.jars for name in jar)


def digest(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def test_a_cookie_that_was_changed_opens_nothing(
    visitor: Visitor, new_visitor: NewVisitor, settings: dict[str, str]
) -> None:
    other = new_visitor().sign_up()
    mine, others, ids = visitor.cookies, other.cookies, sessions_of(visitor)
    visitor.api("GET", "/livez")
    parts = [cookie.rpartition(".") for cookie in mine]
    others_parts = [cookie.rpartition(".") for cookie in others]
    secret = settings["JWT_SECRET"]
    forged = {
        "no MAC": [head for head, _, _ in parts],
        "an empty MAC": [f"{head}." for head, _, _ in parts],
        "another MAC": [f"{head}.{'0' * len(mac)}" for head, _, mac in parts],
        "the MAC of somebody else": [
            f"{p[0]}.{o[2]}" for p, o in zip(parts, others_parts, strict=True)
        ],
        "truncated": [cookie[:-1] for cookie in mine],
        "longer": [f"{cookie}0" for cookie in mine],
        "twice": [f"{cookie}.{cookie}" for cookie in mine],
        "in upper case": [cookie.upper() for cookie in mine],
        "the id alone": [found[0] for found in ids],
        "the secret itself as the key": [f"{i[0]}.{digest(secret, i[0])}" for i in ids],
        "no secret": [f"{i[0]}.{digest('', i[0])}" for i in ids],
        "empty": ["", ""],
        "a dot": [".", "."],
        "spaces": [f"{head} .{mac}" for head, _, mac in parts],
        "percents": [cookie.replace(".", "%2E") for cookie in mine],
        "no ASCII": ["\xe9.\xff", "\xe9.\xff"],
        "9 KB": ["a" * 9000, "a" * 9000],
        "9 KB of MAC": [f"{head}.{'0' * 9000}" for head, _, _ in parts],
        "an access token": visitor.tokens,
    }
    for name, cookies in forged.items():
        stranger = new_visitor().with_cookies(cookies)
        assert not is_signed_in(stranger), name
    assert is_signed_in(visitor)


def test_of_two_cookies_with_one_name_none_counts(
    visitor: Visitor, new_visitor: NewVisitor
) -> None:
    other = new_visitor().sign_up()
    name = "__Host-session"
    mine, others = visitor.cookies, other.cookies
    orders: list[Callable[[str, str], str]] = [
        lambda a, b: f"{name}={a}; {name}={b}",
        lambda a, b: f"{name}={b}; {name}={a}",
        lambda a, _: f"{name}={a}; {name}={a}",
        lambda a, _: f"{name}=x; {name}={a}",
        lambda a, _: f"{name}={a}; {name}=",
        lambda a, _: f"session={a}",
        lambda a, _: f"__host-session={a}",
        lambda a, _: f"__Host-session\xa0={a}",
    ]
    for order in orders:
        lines = [order(a, b) for a, b in zip(mine, others, strict=True)]
        for service, line in zip(visitor.services, lines, strict=True):
            headers = {**NAVIGATION, "Cookie": line}
            encoded = [(n.encode(), v.encode("latin-1")) for n, v in headers.items()]
            answer = service.client.get("/account/sessions", headers=encoded)
            to_sign_in(answer, "/account/sessions")
    # Cookies of other programs on the same host do no harm.
    for more in ('a="x; y"; b', "$Version=1", "=", ";;", "a=b;c=d", "x" * 3000 + "=1"):
        for service, cookie in zip(visitor.services, mine, strict=True):
            headers = {**NAVIGATION, "Cookie": f"{more}; {name}={cookie}"}
            assert service.client.get("/account/sessions", headers=headers).status_code == 200, more


def test_the_previous_secret_still_opens(visitor: Visitor, with_settings: Restarted) -> None:
    old = visitor.services[0].settings["JWT_SECRET"]
    new = secrets.token_hex(32)
    after = with_settings(JWT_SECRET=new, JWT_PREVIOUS_SECRET=old)()
    assert is_signed_in(after.with_cookies(visitor.cookies))
    again = with_settings(JWT_SECRET=new)()
    assert not is_signed_in(again.with_cookies(visitor.cookies))


def test_a_cookie_of_one_framework_opens_the_other(
    visitor: Visitor, services: tuple[Service, ...], starters: list[Starter], tmp_path: Path
) -> None:
    one = services[1]
    settings = one.settings | {"DATABASE_URL": services[0].settings["DATABASE_URL"]}
    with ExitStack() as stack:
        there = Service(one.project, tmp_path / "other", settings, starter=starters[1])
        stack.enter_context(there)
        client = stack.enter_context(there.client_at(new_address()))
        headers = {**NAVIGATION, "Cookie": f"__Host-session={visitor.cookies[0]}"}
        answer = client.get("/account/sessions", headers=headers)
        assert page_of(answer).root.one("header").text.count(visitor.email) == 1


def test_a_session_that_is_over_opens_nothing(visitor: Visitor, new_visitor: NewVisitor) -> None:
    expired = new_visitor().sign_up()
    users = "(SELECT id FROM users WHERE email = %s)"
    execute(
        expired,
        f"UPDATE sessions SET expires_at = '2020-01-01 00:00:00.000000' WHERE user_id = {users}",  # noqa: S608
        expired.email,
    )
    assert not is_signed_in(expired)
    deleted = new_visitor().sign_up()
    execute(deleted, f"DELETE FROM sessions WHERE user_id = {users}", deleted.email)  # noqa: S608
    assert not is_signed_in(deleted)
    gone = new_visitor().sign_up()
    execute(gone, "DELETE FROM users WHERE email = %s", gone.email)
    assert not is_signed_in(gone)
    assert is_signed_in(visitor)


def test_a_logout_of_the_api_ends_its_own_session_alone(visitor: Visitor) -> None:
    assert visitor.api("GET", "/api/v1/auth/me").status_code == 200
    assert visitor.api("POST", "/api/v1/auth/logout").status_code == 204
    assert is_signed_in(visitor)
    assert [len(found) for found in sessions_of(visitor)] == [1, 1]


def test_a_sign_in_never_takes_over_a_session(visitor: Visitor, new_visitor: NewVisitor) -> None:
    """Neither that of an attacker, whose cookie a victim was given, nor one's own."""
    attacker, victim = new_visitor().sign_up(), new_visitor()
    planted = attacker.cookies
    victim.email = visitor.email
    see_other(victim.with_cookies(planted).sign_in(), "/items")
    assert not set(victim.cookies) & set(planted)
    assert sessions_of(attacker) == [[], []]
    assert not is_signed_in(attacker)
    before, ids = victim.cookies, sessions_of(victim)
    see_other(victim.sign_in(), "/items")
    assert not set(victim.cookies) & set(before)
    assert [len(found) for found in sessions_of(victim)] == [len(found) for found in ids]
    assert not is_signed_in(new_visitor().with_cookies(before))
    # A cookie of one's own making is not adopted either.
    made_up = new_visitor().with_cookies([f"{secrets.token_hex(16)}.x"] * 2)
    made_up.email = visitor.email
    see_other(made_up.sign_in(), "/items")
    assert all("." in cookie for cookie in made_up.cookies)
    assert is_signed_in(visitor)


def test_the_api_reads_no_cookie_and_a_page_no_token(visitor: Visitor, stranger: Visitor) -> None:
    for path in ("/api/v1/items", "/api/v1/auth/me"):
        answer = visitor.ask("GET", path, {"Accept": "text/html"})
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"
    visitor.api("GET", "/livez")
    for service, token in zip(stranger.services, visitor.tokens, strict=True):
        headers = {**NAVIGATION, "Authorization": f"Bearer {token}"}
        to_sign_in(service.client.get("/items", headers=headers), "/items")


def test_a_session_of_a_page_has_no_tokens(visitor: Visitor) -> None:
    for cookie in visitor.cookies:
        pair = Pair(visitor.services, (cookie, cookie))
        assert pair.get("/api/v1/auth/me").status_code == 401
        answer = pair.post("/api/v1/auth/refresh", {"refresh_token": cookie})
        assert answer.status_code == 401


def test_sessions_are_listed_and_ended_one_by_one(
    visitor: Visitor, new_visitor: NewVisitor
) -> None:
    visitor.api("GET", "/livez")
    browser = in_another_browser(visitor, new_visitor)
    assert [len(found) for found in sessions_of(visitor)] == [3, 3]
    page = visitor.open("/account/sessions")
    ends = [f.action for f in page.forms() if f.action.endswith("/end")]
    assert {action.split("/")[3] for action in ends} <= set(sessions_of(visitor)[0])
    # That of the other browser.
    others = [cookie.split(".")[0] for cookie in browser.cookies]
    ended = [f"/account/sessions/{session_id}/end" for session_id in others]
    assert ended[0] in ends
    page = visitor.follow(visitor.post(ended), "/account/sessions")
    assert page.flash
    assert not is_signed_in(browser)
    assert is_signed_in(visitor)
    # That of the program.
    mine = [cookie.split(".")[0] for cookie in visitor.cookies]
    rest = [
        next(session_id for session_id in found if session_id != own)
        for found, own in zip(sessions_of(visitor), mine, strict=True)
    ]
    see_other(visitor.post([f"/account/sessions/{i}/end" for i in rest]), "/account/sessions")
    assert visitor.api("GET", "/api/v1/auth/me").status_code == 401
    # One's own.
    see_other(visitor.post([f"/account/sessions/{i}/end" for i in mine]), "/sign-in")
    assert all("session" not in name for jar in visitor.jars for name in jar)
    assert sessions_of(visitor) == [[], []]


def test_all_other_sessions_end_at_once(visitor: Visitor, new_visitor: NewVisitor) -> None:
    somebody = new_visitor().sign_up()
    browsers = [in_another_browser(visitor, new_visitor) for _ in range(2)]
    visitor.api("GET", "/livez")
    visitor.open("/account/sessions")
    page = visitor.follow(visitor.submit("/account/sessions/end-others"), "/account/sessions")
    assert page.flash
    assert not any(map(is_signed_in, browsers))
    assert visitor.api("GET", "/api/v1/auth/me").status_code == 401
    assert is_signed_in(visitor)
    assert is_signed_in(somebody)


@pytest.mark.parametrize(
    "session_id", ["x", "%00", "00000000-0000-4000-8000-000000000000", "a" * 999]
)
def test_a_session_that_is_not_ones_own_is_404(visitor: Visitor, session_id: str) -> None:
    page_of(visitor.post(f"/account/sessions/{session_id}/end"), 404)


def test_somebody_elses_session_is_404_and_stays(visitor: Visitor, new_visitor: NewVisitor) -> None:
    other = new_visitor().sign_up()
    ids = [found[0] for found in sessions_of(other)]
    page_of(visitor.post([f"/account/sessions/{i}/end" for i in ids]), 404)
    assert is_signed_in(other)


def change_password(visitor: Visitor, current: str, new: str) -> None:
    visitor.open("/account/password")
    form = Page(visitor.last[0].text).form()
    assert form.controls["current"].attributes["autocomplete"] == "current-password"
    assert form.controls["new"].attributes["autocomplete"] == "new-password"
    visitor.submit(current=current, new=new)


def test_a_changed_password_ends_all_other_sessions(
    visitor: Visitor, new_visitor: NewVisitor
) -> None:
    browser, before = in_another_browser(visitor, new_visitor), visitor.cookies
    visitor.api("GET", "/livez")
    change_password(visitor, PASSWORD, OTHER_PASSWORD)
    page = visitor.follow(visitor.last[0], "/account/sessions")
    assert page.flash
    assert not set(visitor.cookies) & set(before)
    assert not is_signed_in(new_visitor().with_cookies(before))
    assert not is_signed_in(browser)
    assert visitor.api("GET", "/api/v1/auth/me").status_code == 401
    assert [len(found) for found in sessions_of(visitor)] == [1, 1]
    again = new_visitor()
    again.email = visitor.email
    assert again.sign_in().status_code == 401
    see_other(again.sign_in(OTHER_PASSWORD), "/items")


def test_a_password_is_changed_by_who_knows_it_and_to_a_good_one(visitor: Visitor) -> None:
    change_password(visitor, WRONG, OTHER_PASSWORD)
    page = page_of(visitor.last[0], 401)
    assert "www-authenticate" not in visitor.last[0].headers
    assert set(page.errors) <= {"current"}
    change_password(visitor, PASSWORD, "short")
    assert set(page_of(visitor.last[0], 422).errors) == {"new"}
    change_password(visitor, "", "")
    assert "new" in page_of(visitor.last[0], 422).errors
    for answer in visitor.last:
        assert set(Page(answer.text).form().values().values()) <= {""}
    assert is_signed_in(visitor)
    see_other(visitor.sign_in(), "/items")


def test_a_wrong_current_password_counts_as_a_failed_sign_in(visitor: Visitor) -> None:
    for _ in range(10):
        change_password(visitor, WRONG, OTHER_PASSWORD)
        page_of(visitor.last[0], 401)
    for client, jar in zip(visitor.clients, visitor.jars, strict=True):
        (name,) = [n for n in jar if n.endswith("session")]
        headers = SAME_ORIGIN | {"Content-Type": FORM, "Cookie": f"{name}={jar[name]}"}
        form = f"current={quote(PASSWORD)}&new={quote(OTHER_PASSWORD)}"
        answer = client.post("/account/password", content=form, headers=headers)
        page_of(answer, 429)
        assert 1 <= int(answer.headers["retry-after"]) <= 60


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/account/sessions", "/account/password"])
def test_pages_of_an_account_have_their_headers_and_a_head(visitor: Visitor, path: str) -> None:
    if path.startswith("/sign"):
        visitor.post("/sign-out")
        visitor.open("/sign-in")
    answer = visitor.ask("GET", path)
    has_page_headers(answer, "plain")
    page = page_of(answer)
    assert page.heading
    for form in page.forms():
        assert all(form.labels.values())
    head = visitor.ask("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize(
    "code", ["x", "", "created<script>", "0", "welcome2", "%63reated", "a" * 5000]
)
def test_a_flash_that_is_none_shows_nothing(visitor: Visitor, code: str) -> None:
    for jar in visitor.jars:
        jar["__Host-flash"] = code
    page = visitor.open("/items")
    assert page.flash == ""
    is_harmless(page, "plain")


def test_a_flash_lives_a_minute_and_is_deleted_where_it_is_shown(visitor: Visitor) -> None:
    answer = visitor.post("/items", {"name": "thing", "price": "1"})
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-flash=created; ")
    assert {"Max-Age=60", "HttpOnly", "Secure", "Path=/", "SameSite=Lax"} == {
        *cookie.split("; ")[1:]
    }
    shown = visitor.ask("GET", "/items")
    (cookie,) = shown.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-flash=; ")
    assert "Max-Age=0" in cookie


def test_a_failure_is_a_page_that_names_no_cause(with_settings: Restarted, tmp_path: Path) -> None:
    """A service whose database answers but has no tables."""
    visitor = with_settings(DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")()
    form = {"email": visitor.email, "password": PASSWORD}
    answer = visitor.post("/sign-in", form)
    has_page_headers(answer, "plain")
    page = page_of(answer, 500)
    assert answer.headers["x-request-id"] in page.main.text
    for word in ("traceback", "sqlalchemy", "select", "no such table"):
        assert word not in answer.text.lower()
    problem = visitor.post("/sign-in", form, Accept="*/*")
    assert problem.status_code == 500
    assert problem.headers["content-type"] == "application/problem+json"


def test_no_password_is_in_the_log(visitor: Visitor) -> None:
    visitor.open("/items")
    for service in visitor.services:
        assert PASSWORD not in service.stdout + service.stderr
        assert quote(PASSWORD) not in service.stdout
        assert visitor.email not in service.stdout


def test_elsewhere_than_in_production_cookies_need_no_https(with_settings: Restarted) -> None:
    visitor = with_settings(ENVIRONMENT="development", LOG_FORMAT="json")()
    form = {"email": visitor.email, "password": PASSWORD}
    answer = visitor.post("/sign-up", form)
    for cookie in answer.headers.get_list("set-cookie"):
        assert "Secure" not in cookie
        assert {*ATTRIBUTES.split("; ")} <= {*cookie.split("; ")}
    assert {*visitor.jars[0]} == {"session", "flash"}
    assert is_signed_in(visitor)
    # There, too, `/` is a page and not the documentation.
    see_other(visitor.ask("GET", "/"), "/items")
    deleted = visitor.post("/sign-out").headers.get_list("set-cookie")
    assert [cookie for cookie in deleted if cookie.startswith("session=; ")]


def test_a_sign_in_that_a_browser_would_forget_is_said_before(stranger: Visitor) -> None:
    """Chromium drops `__Host-` cookies of plain HTTP, unless the host is its own machine."""
    for host in ("localhost:8000", "127.0.0.1", "[::1]:8000"):
        assert "HTTPS" not in stranger.open("/sign-in", Host=host).alerts
    assert "HTTPS" in stranger.open("/sign-in", Host="shop.example").alerts


def test_a_prefix_is_in_front_of_all_paths(with_settings: Restarted) -> None:
    visitor = with_settings(ROOT_PATH="/shop")()
    to = visitor.ask("GET", "/items?limit=3").headers["location"]
    assert to == f"/shop/sign-in?next={quote('/items?limit=3', safe='')}" or to.startswith(
        "/shop/sign-in?next=/items"
    )
    form = {"email": visitor.email, "password": PASSWORD, "next": "/items/new"}
    answer = visitor.post("/sign-up", form)
    assert answer.headers["location"] in ("/shop/items", "/shop/items/new")
    assert "Path=/;" in answer.headers["set-cookie"]
    see_other(visitor.ask("GET", "/"), "/shop/items")
    see_other(visitor.post("/sign-in", form), "/shop/items/new")
    row = visitor.post("/items", {"name": "thing", "price": "1"})
    see_other(row, "/shop/items")
    paths = ["/items", "/items/new", "/items/1/edit", "/items/1/delete"]
    for path in [*paths, "/account/sessions", "/account/password", "/nothing"]:
        page = Page(visitor.ask("GET", path).text)
        for element in page.root:
            for name in ("href", "src", "action"):
                if link := element.attributes.get(name):
                    assert link.startswith(("/shop/", "#", "?")), f"{path}: {link}"
    stylesheet = page.root.find("link", rel="stylesheet")[0].attributes["href"]
    assert visitor.ask("GET", stylesheet.removeprefix("/shop")).status_code == 200
