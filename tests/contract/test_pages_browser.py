"""Pages in a real browser: with and without JavaScript, with htmx, and by the keyboard alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.contract.conftest import NewUser
from tests.docs.manual import DOCS
from tests.support import questions
from tests.support.accessibility import complaints
from tests.support.chromium import chromium
from tests.support.combinations import Combination, run_over
from tests.support.services import PATIENCE_SECONDS, Service, free_port
from tests.support.users import PASSWORD, User, new_email

PLAIN = Combination(framework="fastapi", database="sqlite", auth="jwt", pages="plain")
HTMX = Combination(framework="flask", database="sqlite", auth="jwt", pages="htmx")


def ways(*pairs: tuple[Combination, bool]) -> pytest.MarkDecorator:
    """Run a test over these projects, each with JavaScript or without it."""
    params = [
        pytest.param(
            combination,
            javascript,
            id=f"{combination}-{'on' if javascript else 'off'}",
            marks=pytest.mark.xdist_group(str(combination)),
        )
        for combination, javascript in pairs
    ]
    return pytest.mark.parametrize(("combination", "javascript"), params, scope="session")


# Plain pages have no script, which one test holds them to; so JavaScript changes nothing there.
every_way = ways((PLAIN, False), (HTMX, True))
and_the_other_way_round = ways((PLAIN, False), (PLAIN, True), (HTMX, True), (HTMX, False))
on_plain_pages = run_over([PLAIN])
on_htmx_pages = run_over([HTMX])
on_both = run_over([PLAIN, HTMX])

# Of dist/htmx.min.js in the package htmx.org 4.0.1 on npm.
HTMX_SHA256 = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
NAME = questions.default("project_name")
ITEMS = "/api/v1/items"
# What Chromium says of every answer of 400 and more.
A_STATUS = "Failed to load resource: the server responded with a status of "
MARKUP = '<b title="\'">Lamp</b>'


@dataclass
class Browsing:
    """A browser of one user, and what it complained of."""

    service: Service
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE_SECONDS * 1000)
        self.context.on("console", lambda message: self._note(message.type, message.text))
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and not text.startswith(A_STATUS):
            self.complaints.append(text)

    def open(self, path: str) -> Page:
        """A new tab with this page."""
        page = self.context.new_page()
        page.goto(self.service.url + path)
        return page

    def sign_in(self, user: User, path: str = "/items") -> Page:
        """A new tab with this page, which asks who is there."""
        page = self.open(path)
        page.get_by_label("Email").fill(user.email)
        page.get_by_label("Password").fill(user.password)
        page.get_by_role("button", name="Sign in").click()
        shows(page, "Items")
        return page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    with chromium() as browser:
        yield browser


@pytest.fixture
def browse(browser: Browser, service: Service) -> Iterator[Callable[..., Browsing]]:
    """Opens browsers of different users; none of them may complain of anything."""
    opened: list[Browsing] = []

    def browse(**options: Any) -> Browsing:
        opened.append(Browsing(service, browser.new_context(**options)))
        return opened[-1]

    yield browse
    for browsing in opened:
        browsing.context.close()
    assert [complaint for browsing in opened for complaint in browsing.complaints] == []


def shows(page: Page, heading: str) -> None:
    """Wait for the page with this heading."""
    expect(page.locator("h1")).to_have_text(heading)


def path_of(page: Page, service: Service) -> str:
    return page.url.removeprefix(service.url)


def names(user: User) -> list[str]:
    """The items that the API has of a user, the newest first."""
    answer = user.sign_in().ask("GET", ITEMS)
    return [item["name"] for item in answer.json()["items"]]


def fill_item(page: Page, name: str, price: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Price").fill(price)


@and_the_other_way_round
def test_a_user_signs_up_and_keeps_items(
    browse: Callable[..., Browsing], service: Service, javascript: bool
) -> None:
    browsing = browse(java_script_enabled=javascript)
    page, email = browsing.open("/"), new_email()
    shows(page, "Sign in")
    page.get_by_role("link", name="Create an account").click()
    shows(page, "Create an account")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()

    shows(page, "Items")
    expect(page).to_have_title(f"Items - {NAME}")
    expect(page.get_by_role("link", name=email)).to_be_visible()
    page.get_by_role("link", name="New item").click()
    shows(page, "New item")
    fill_item(page, MARKUP, "3.50")
    page.get_by_label("Description").fill("\nFirst line\nSecond line")
    page.get_by_role("button", name="Create", exact=True).click()

    shows(page, "Items")
    assert path_of(page, service) == "/items"
    expect(page.get_by_role("status")).to_be_visible()
    page.get_by_role("link", name=MARKUP, exact=True).click()
    shows(page, "Edit item")
    edit_path = path_of(page, service)
    expect(page.get_by_label("Description")).to_have_value("\nFirst line\nSecond line")
    page.get_by_label("Price").fill("123456789")
    page.get_by_role("button", name="Save").click()

    # The wrong value is there to be corrected: with an error that says why, and the focus on it.
    price = page.get_by_label("Price")
    expect(page.locator("#price-error")).to_be_visible()
    expect(page).to_have_title(f"Error: Edit item - {NAME}")
    expect(price).to_have_value("123456789")
    expect(price).to_have_attribute("aria-invalid", "true")
    expect(price).to_be_focused()
    price.fill("4.00")
    page.get_by_role("button", name="Save").click()
    shows(page, "Items")
    expect(page.get_by_role("cell", name="4.00")).to_be_visible()

    page.get_by_role("link", name=f"Delete {MARKUP}").click()
    shows(page, "Delete item")
    page.get_by_role("button", name="Delete").click()
    shows(page, "Items")
    expect(page.get_by_text("There is nothing here yet.")).to_be_visible()

    # One who signs in comes back to the page that asked for it; here it is gone.
    page.get_by_role("button", name="Sign out").click()
    shows(page, "Sign in")
    page.goto(service.url + edit_path)
    assert path_of(page, service) == f"/sign-in?next={quote(edit_path, safe='')}"
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    shows(page, "Not Found")
    assert path_of(page, service) == edit_path


@on_both
def test_htmx_changes_pages_without_loading_them(
    browse: Callable[..., Browsing], new_user: NewUser, combination: Combination
) -> None:
    page = browse().sign_in(new_user())
    expect(page.locator("script")).to_have_count(2 if combination == HTMX else 0)
    page.evaluate("window.loaded = true")
    page.get_by_role("link", name="New item").click()
    shows(page, "New item")
    fill_item(page, "Lamp", "123456789")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("#price-error")).to_be_visible()
    assert list(complaints(page)) == []
    fill_item(page, "Lamp", "1.00")
    page.get_by_role("button", name="Create", exact=True).click()
    shows(page, "Items")
    assert page.evaluate("window.loaded === true") == (combination == HTMX)
    if combination == HTMX:
        # Who hears the page is told that it is another one.
        expect(page.locator("h1")).to_be_focused()


@on_htmx_pages
def test_a_form_with_an_error_can_be_loaded_again(
    browse: Callable[..., Browsing], new_user: NewUser
) -> None:
    user = new_user()
    user.sign_in().ask("POST", ITEMS, json={"name": "Lamp", "price": "1.00"})
    page = browse().sign_in(user)
    page.get_by_role("link", name="Lamp", exact=True).click()
    shows(page, "Edit item")
    page.get_by_label("Price").fill("123456789")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#price-error")).to_be_visible()
    page.reload()
    shows(page, "Edit item")
    expect(page.get_by_label("Price")).to_have_value("1.00")


@on_htmx_pages
def test_htmx_says_that_the_service_cannot_be_reached(
    browse: Callable[..., Browsing], new_user: NewUser
) -> None:
    browsing = browse()
    page = browsing.sign_in(new_user())
    notice = page.get_by_text("The service cannot be reached.")
    expect(notice).to_be_hidden()
    expect(page.get_by_role("alert")).to_have_count(0)

    browsing.context.set_offline(True)
    page.get_by_role("link", name="New item").click()
    expect(page.get_by_role("alert")).to_have_text(notice.text_content() or "")
    expect(notice).to_be_in_viewport()
    assert list(complaints(page)) == []
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_enabled()
    expect(notice).to_be_visible()

    browsing.context.set_offline(False)
    page.get_by_role("link", name="New item").click()
    shows(page, "New item")
    expect(notice).to_be_hidden()
    # What htmx and Chromium say of a request that got no answer.
    browsing.complaints.clear()


@every_way
def test_the_filter_keeps_what_was_asked_for(
    browse: Callable[..., Browsing], new_user: NewUser, javascript: bool
) -> None:
    user = new_user()
    session = user.sign_in()
    for name in ("Desk", "Lamp"):
        session.ask("POST", ITEMS, json={"name": name, "price": "1.00"})
    page = browse(java_script_enabled=javascript).sign_in(user)
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Keyword").fill("lam")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_label("Keyword")).to_have_value("lam")
    page.get_by_role("link", name="Show all").click()
    expect(page.get_by_role("row")).to_have_count(3)


@every_way
def test_the_back_button_shows_nothing_after_a_sign_out(
    browse: Callable[..., Browsing], new_user: NewUser, javascript: bool
) -> None:
    user = new_user()
    user.sign_in().ask("POST", ITEMS, json={"name": "Secret", "price": "1.00"})
    page = browse(java_script_enabled=javascript).sign_in(user)
    page.get_by_role("link", name="Secret", exact=True).click()
    shows(page, "Edit item")
    page.go_back()
    shows(page, "Items")
    page.go_forward()
    shows(page, "Edit item")
    page.get_by_role("button", name="Sign out").click()
    shows(page, "Sign in")
    page.go_back()
    shows(page, "Sign in")
    expect(page.get_by_text("Secret")).to_have_count(0)
    if javascript:
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0


@every_way
def test_a_form_sent_again_from_the_history_makes_no_second_row(
    browse: Callable[..., Browsing], new_user: NewUser, javascript: bool
) -> None:
    user = new_user()
    page = browse(java_script_enabled=javascript).sign_in(user)
    page.get_by_role("link", name="New item").click()
    shows(page, "New item")
    fill_item(page, "Once", "1.00")
    page.get_by_role("button", name="Create", exact=True).click()
    shows(page, "Items")
    page.reload()
    shows(page, "Items")
    expect(page.get_by_role("status")).to_have_count(0)
    assert names(user) == ["Once"]


@every_way
def test_a_sign_out_in_one_tab_holds_in_the_other(
    browse: Callable[..., Browsing], new_user: NewUser, javascript: bool
) -> None:
    first, second = new_user(), new_user()
    browsing = browse(java_script_enabled=javascript)
    one = browsing.sign_in(first)
    other = browsing.open("/items/new")
    fill_item(other, "Late", "1.00")
    one.get_by_role("button", name="Sign out").click()
    shows(one, "Sign in")
    other.get_by_role("button", name="Create", exact=True).click()
    shows(other, "Sign in")
    assert names(first) == []

    # The next user of this browser gets a form of their own, never that of the one before.
    browsing.sign_in(second)
    other.goto(f"{browsing.service.url}/items/new")
    expect(other.get_by_role("link", name=second.email)).to_be_visible()
    expect(other.get_by_label("Name")).to_have_value("")


@on_plain_pages
@pytest.mark.parametrize("origin", ["http://elsewhere.example", "same site"])
def test_a_form_of_another_origin_changes_nothing(
    browse: Callable[..., Browsing], new_user: NewUser, service: Service, origin: str
) -> None:
    # Another port is the same site to a browser, which sends the cookie along.
    origin = f"http://127.0.0.1:{free_port()}" if origin == "same site" else origin
    user = new_user()
    browsing = browse()
    page = browsing.sign_in(user)
    form = f"""<form method="post" action="{service.url}/items">
        <input name="name" value="Forged"><input name="price" value="1"><button>Win</button></form>"""
    page.route(f"{origin}/**", lambda r: r.fulfill(body=form, content_type="text/html"))
    page.goto(f"{origin}/")
    with page.expect_response(f"{service.url}/items") as answer:
        page.get_by_role("button", name="Win").click()
    assert answer.value.status == 403
    shows(page, "Forbidden")
    assert names(user) == []


@on_plain_pages
def test_the_sessions_of_a_user_can_be_ended(
    browse: Callable[..., Browsing], new_user: NewUser
) -> None:
    user = new_user()
    here, there = browse(java_script_enabled=False), browse()
    page, lost = here.sign_in(user), there.sign_in(user)
    page.get_by_role("link", name=user.email).click()
    shows(page, "My sessions")
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_role("button", name="End all other sessions").click()
    expect(page.get_by_role("row")).to_have_count(2)
    lost.reload()
    shows(lost, "Sign in")

    page.get_by_role("link", name="Change password").click()
    page.get_by_label("Current password").fill("wrong")
    page.get_by_label("New password").fill(f"new {PASSWORD}")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill(f"new {PASSWORD}")
    page.get_by_role("button", name="Change password").click()
    shows(page, "My sessions")


@every_way
def test_the_keyboard_is_enough(
    browse: Callable[..., Browsing], new_user: NewUser, javascript: bool
) -> None:
    user = new_user()
    page = browse(java_script_enabled=javascript).open("/items")

    def arrives(heading: str) -> None:
        shows(page, heading)
        if javascript:
            # Where htmx has changed the page, a key comes after the focus has moved.
            expect(page.locator("h1")).to_be_focused()

    arrives("Sign in")
    tab_to(page, "Email")
    page.keyboard.type(user.email)
    tab_to(page, "Password")
    page.keyboard.type(user.password)
    page.keyboard.press("Enter")
    arrives("Items")
    tab_to(page, "New item")
    page.keyboard.press("Enter")
    arrives("New item")
    tab_to(page, "Name")
    page.keyboard.type("Lamp")
    tab_to(page, "Price")
    page.keyboard.type("many")
    page.keyboard.type("123456789")
    page.keyboard.press("Enter")
    # The focus is where the error is: typing goes on there.
    expect(page.get_by_label("Price")).to_be_focused()
    expect(page.locator("#price-error")).to_be_visible()
    page.keyboard.press("Control+A")
    page.keyboard.type("1.23")
    page.keyboard.press("Enter")
    arrives("Items")
    tab_to(page, "Delete Lamp")
    page.keyboard.press("Enter")
    arrives("Delete item")
    tab_to(page, "Delete")
    page.keyboard.press("Space")
    arrives("Items")
    tab_to(page, "Sign out")
    page.keyboard.press("Enter")
    arrives("Sign in")
    assert names(user) == []


@on_plain_pages
def test_the_first_stop_of_the_keyboard_leads_to_the_content(
    browse: Callable[..., Browsing],
) -> None:
    page = browse(java_script_enabled=False).open("/sign-in")
    tab_to(page, "Skip to the content")
    page.keyboard.press("Enter")
    tab_to(page, "Email", stops=1)


@on_both
def test_htmx_is_the_file_of_its_release(project: Path, combination: Combination) -> None:
    file = project / "app/pages/static/htmx.min.js"
    assert file.exists() == (combination == HTMX)
    if file.exists():
        assert sha256(file.read_bytes()).hexdigest() == HTMX_SHA256
        assert HTMX_SHA256 in (project / "README.md").read_text(encoding="utf-8")
        assert HTMX_SHA256 in (DOCS / "pages.md").read_text(encoding="utf-8")


def tab_to(page: Page, name: str, stops: int = 30) -> None:
    """Press Tab until this has the focus; each place on the way shows that it has it."""
    for _ in range(stops):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if not focused.count():
            continue  # the browser's own controls
        assert focused.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
        label = focused.evaluate(
            "e => e.labels?.length ? e.labels[0].innerText : e.ariaLabel ?? e.innerText"
        )
        if label.split("(optional)")[0].strip() == name:
            return
    raise AssertionError(f"no {name} within {stops} stops")


@on_plain_pages
def test_everybody_can_read_every_page(
    browse: Callable[..., Browsing], new_user: NewUser, service: Service
) -> None:
    user = new_user()
    browsing = browse()
    wrong: list[tuple[str, int, str, str]] = []

    def look(page: Page, state: str) -> None:
        wrong.extend((state, *complaint) for complaint in complaints(page))

    page = browsing.open("/sign-in")
    look(page, "sign-in")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill("wrong password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look(page, "a wrong sign-in")
    page.goto(f"{service.url}/sign-up")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    look(page, "sign-up")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look(page, "a taken address")
    page.close()

    page = browsing.sign_in(user)
    look(page, "an empty list")
    page.get_by_role("link", name="New item").click()
    shows(page, "New item")
    look(page, "a form")
    fill_item(page, "Lamp" * 25, "123456789")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("#price-error")).to_be_visible()
    look(page, "a form with an error")
    page.get_by_label("Price").fill("1.23")
    page.get_by_role("button", name="Create", exact=True).click()
    shows(page, "Items")
    look(page, "a list with a message")
    page.goto(f"{service.url}/items?min_price=x")
    look(page, "a filter with an error")
    page.goto(f"{service.url}/items?keyword=nothing")
    look(page, "a filter that finds nothing")
    page.get_by_role("link", name="Show all").first.click()
    page.get_by_role("link", name="Delete").click()
    shows(page, "Delete item")
    look(page, "a question before a row is deleted")
    for path in ("/account/sessions", "/account/password", "/nothing"):
        page.goto(service.url + path)
        look(page, path)
    assert wrong == []
