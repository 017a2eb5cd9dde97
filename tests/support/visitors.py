"""Somebody with a browser that has no JavaScript, who does the same at the services of both frameworks."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.support import page_html, pairs
from tests.support.bootstrap import Hashes
from tests.support.combinations import FRAMEWORKS, Combination
from tests.support.databases import fresh_database
from tests.support.page_html import Form, Page
from tests.support.projects import Projects, migrate
from tests.support.services import Service
from tests.support.starter import Starter
from tests.support.users import AUTH, PASSWORD, new_address, new_email

FORM = "application/x-www-form-urlencoded"
# What Chromium sends with a page that a person opens, and with a form of the service's own.
HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
NAVIGATION = {"Accept": HTML}
SAME_ORIGIN = {"Accept": HTML, "Sec-Fetch-Site": "same-origin"}
UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
# What rightly differs between two services, besides the ids of requests.
COOKIE = re.compile(r"(session)=[^;,]+")
REQUEST_ID = re.compile(r"\b[0-9a-f]{32}\b")
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")
HOST = re.compile(r"(?<=:)\d{4,5}\b")


class Visitor:
    """A person with cookies at each of the services, who calls from an address of their own."""

    def __init__(self, services: tuple[Service, ...], stack: ExitStack) -> None:
        self.services = services
        self.email = new_email()
        self.jars: list[dict[str, str]] = [{} for _ in services]
        self.tokens: list[str] = []
        address = new_address()
        self.clients = [stack.enter_context(s.client_at(address)) for s in services]
        self.last: list[httpx.Response] = []

    def ask(
        self,
        method: str,
        path: str | list[str],
        headers: Mapping[str, str] = NAVIGATION,
        content: bytes | list[bytes] = b"",
        *,
        keeps_cookies: bool = True,
    ) -> httpx.Response:
        """Send a request to each; the answer, which is the same from all, byte for byte.

        Where something is a list, each service gets its own: what has ids of sessions.
        """
        self.last = []
        for number, (client, jar) in enumerate(zip(self.clients, self.jars, strict=True)):
            sent = dict(headers)
            if jar and "Cookie" not in sent:
                sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
            request = client.build_request(
                method,
                path if isinstance(path, str) else path[number],
                headers=[
                    (name.encode(), value.encode("latin-1"))
                    for name, value in sent.items()
                    if value
                ],
                content=content if isinstance(content, bytes) else content[number],
            )
            for name in set(request.headers) - set(
                map(str.lower, (*sent, "host", "content-length"))
            ):
                del request.headers[name]
            answer = client.send(request)
            client.cookies.clear()
            if keeps_cookies:
                keep(jar, answer)
            self.last.append(answer)
        first, *others = map(seen, self.last)
        for other in others:
            assert other == first, f"{method} {path}"
        return self.last[0]

    def open(self, path: str, status: int = 200, **headers: str) -> Page:
        """Open a page, and say what status it should have."""
        answer = self.ask("GET", path, NAVIGATION | headers)
        return page_of(answer, status)

    def post(
        self,
        path: str | list[str],
        values: Mapping[str, str] | bytes | list[bytes] = b"",
        **headers: str,
    ) -> httpx.Response:
        """Send a form of the service's own."""
        content = page_html.encode(dict(values)) if isinstance(values, Mapping) else values
        return self.ask("POST", path, {"Content-Type": FORM, **SAME_ORIGIN, **headers}, content)

    def submit(
        self, form: Callable[[Page], Form] | str | None = None, **typed: str | None
    ) -> httpx.Response:
        """Send a form of the page that was opened last: the one that goes to a path, or the only one."""
        forms = []
        for answer in self.last:
            page = Page(answer.text)
            forms.append(form(page) if callable(form) else page.form(form))
        return self.post([f.action for f in forms], [f.encoded(**typed) for f in forms])

    def follow(self, answer: httpx.Response, leads_to: str, status: int = 200) -> Page:
        """It is a 303 to that path; the page there."""
        see_other(answer, leads_to)
        return self.open(leads_to, status)

    def sign_up(self) -> "Visitor":
        """Become a user who is signed in."""
        see_other(self.post("/sign-up", {"email": self.email, "password": PASSWORD}), "/items")
        self.open("/items")  # says welcome
        return self

    def sign_in(self, password: str = PASSWORD) -> httpx.Response:
        return self.post("/sign-in", {"email": self.email, "password": password})

    def api(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Ask the API as a program of the same person does."""
        return self._pair.ask(method, path, **({} if body is None else pairs.of(body)))

    def create(self, path: str, body: Any) -> httpx.Response:
        """Create a row by the API."""
        return self.api("POST", path, body)

    @property
    def _pair(self) -> pairs.Pair:
        if any(name.endswith("session") for name in self.jars[0]) and not self.tokens:
            for client in self.clients:
                form = {"username": self.email, "password": PASSWORD}
                answer = client.post(f"{AUTH}/token", data=form)
                self.tokens.append(answer.json()["access_token"])
        return pairs.Pair(self.services, tuple(self.tokens) or (None,) * len(self.services))

    @property
    def cookies(self) -> list[str]:
        """The cookies of the session at each service."""
        return [next(v for n, v in jar.items() if n.endswith("session")) for jar in self.jars]

    def with_cookies(self, cookies: list[str]) -> "Visitor":
        """Take other values for the cookie of the session."""
        for jar, cookie in zip(self.jars, cookies, strict=True):
            (name,) = [n for n in jar if n.endswith("session")] or [self.cookie_name]
            jar[name] = cookie
        return self

    @property
    def cookie_name(self) -> str:
        """What the cookie of a session is called here."""
        production = self.services[0].settings.get("ENVIRONMENT", "production") == "production"
        return "__Host-session" if production else "session"


def start_with_pages(
    projects: Projects,
    entries: list[dict[str, Any]],
    folder: Path,
    stack: ExitStack,
    settings: dict[str, str],
    **answers: str,
) -> tuple[Service, ...]:
    """Start a service of each framework with pages for these resources, each with its own database."""
    started = []
    for framework in FRAMEWORKS:
        own = folder / framework
        own.mkdir()
        project = projects.with_resources(Combination(framework=framework, **answers), entries)
        url = stack.enter_context(fresh_database(answers["database"], own))
        variables = {"DATABASE_URL": url or "", **settings}
        if "JWT_SECRET" in settings:
            variables["PYTHONPATH"] = Hashes(own).pythonpath
        migrate(project, **variables)
        starter = Starter(project, variables.get("PYTHONPATH"))
        started.append(stack.enter_context(Service(project, own, variables, starter=starter)))
    return tuple(started)


@contextmanager
def visitors(*services: Service) -> Iterator[Callable[[], Visitor]]:
    """Makes visitors of these services."""
    with ExitStack() as stack:
        yield lambda: Visitor(services, stack)


def keep(jar: dict[str, str], answer: httpx.Response) -> None:
    """Do with the cookies of an answer what a browser does."""
    for line in answer.headers.get_list("set-cookie"):
        ((name, morsel),) = SimpleCookie(line).items()
        if morsel["max-age"] == "0":
            jar.pop(name, None)
        else:
            jar[name] = morsel.value


def seen(answer: httpx.Response) -> tuple[int, dict[str, str], str]:
    """All that a person sees of an answer, and a browser."""
    status, headers, content = pairs.seen(answer)
    if "set-cookie" in headers:
        headers["set-cookie"] = COOKIE.sub(r"\1=…", headers["set-cookie"])
    if "location" in headers:
        headers["location"] = HOST.sub("…", UUID.sub("…", headers["location"]))
    content = REQUEST_ID.sub("…", content)
    if answer.request.url.path.startswith("/account/sessions"):
        content = TIME.sub("…", UUID.sub("…", content))
    return status, headers, content


def page_of(answer: httpx.Response, status: int = 200) -> Page:
    """It is a page of that status; returns it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


def see_other(answer: httpx.Response, leads_to: str) -> None:
    """It sends the browser to that path."""
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == leads_to
    assert answer.content == b""


def to_sign_in(answer: httpx.Response, comes_back_to: str | None = None) -> None:
    """It sends the browser to sign in, and from there to that path."""
    address = urlsplit(answer.headers["location"])
    see_other(answer, answer.headers["location"])
    assert (address.scheme, address.netloc, address.path) == ("", "", "/sign-in")
    assert parse_qs(address.query, strict_parsing=bool(address.query)) == (
        {"next": [comes_back_to]} if comes_back_to else {}
    )
