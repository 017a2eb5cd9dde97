"""Contract, "Requests from other sites": no form of another site changes anything."""

import json
import re
import secrets
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.contract.test_pages import as_parameters
from tests.support import environment, resource_rules
from tests.support.databases import query
from tests.support.projects import Projects
from tests.support.resource_rules import Resource, Rows
from tests.support.services import Service
from tests.support.users import PASSWORD
from tests.support.visitors import FORM, HTML, Visitor, start_with_pages, visitors

PLACES = [("sqlite", "none", "plain"), ("sqlite", "jwt", "plain")]
# All routes of an application that change something, whoever added them.
ROUTES = {
    "fastapi": """
import json
from app.main import create_app
from app.settings import Settings


def walk(routes, prefix=""):
    for route in routes:
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        if hasattr(route, "methods"):
            yield prefix + route.path, sorted(route.methods or ())
        elif hasattr(inner, "routes"):
            yield from walk(inner.routes, prefix + getattr(route, "path", ""))


app = create_app(Settings(environment="test"))
print(json.dumps(list(walk(app.routes))))
""",
    "flask": """
import json
from app.main import create_app
from app.settings import Settings

app = create_app(Settings(environment="test"))
print(json.dumps([(rule.rule, sorted(rule.methods)) for rule in app.url_map.iter_rules()]))
""",
}
OF_PROGRAMS = ("/api/", "/v2", "/ws/", "/docs", "/openapi.json", "/livez", "/readyz", "/static")
SAFE = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Place:
    """Both services, what they have, and somebody who may change it."""

    services: tuple[Service, ...]
    made: dict[str, Resource]
    visitor: Visitor
    # The pages of each that a form can be sent to.
    routes: list[set[str]]

    @property
    def signs_in(self) -> bool:
        return "JWT_SECRET" in self.services[0].settings


@pytest.fixture(scope="module", params=as_parameters(PLACES))
def place(
    request: pytest.FixtureRequest, projects: Projects, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Services of both frameworks, with and without sign-in."""
    database, auth, pages = request.param
    settings = {"JWT_SECRET": secrets.token_hex(32)} if auth == "jwt" else {}
    answers = {"database": database, "auth": auth, "pages": pages}
    entries = resource_rules.entries(auth)
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp(f"other-sites-{auth}")
        services = start_with_pages(projects, entries, folder, stack, settings, **answers)
        new = stack.enter_context(visitors(*services))
        visitor = new().sign_up() if auth == "jwt" else new()
        made = resource_rules.resources(entries, auth)
        yield Place(services, made, visitor, list(map(routes_of, services)))


def routes_of(service: Service) -> set[str]:
    """The paths of pages that a form can be sent to, with `{}` for what differs."""
    framework = service.folder.name
    done = subprocess.run(  # noqa: S603 - the interpreter of the project under test
        [str(service.project / ".venv/bin/python"), "-c", ROUTES[framework]],
        cwd=service.project,
        env=environment.for_service(str(service.project / ".venv/bin")) | service.settings,
        capture_output=True,
        text=True,
        check=True,
    )
    routes: list[tuple[str, list[str]]] = json.loads(done.stdout.splitlines()[-1])
    assert ["/livez", "GET"] in [[path, method] for path, methods in routes for method in methods]
    pages = [(p, m) for p, methods in routes for m in methods if not p.startswith(OF_PROGRAMS)]
    # Whatever else changes something would need its own test.
    assert {method for _, method in pages} - SAFE <= {"POST"}
    return {re.sub(r"\{[^}]*\}|<[^>]*>", "{}", path) for path, method in pages if method == "POST"}


def test_both_have_the_same_pages_that_change_something(place: Place) -> None:
    expected = set()
    for resource in place.made.values():
        path = resource.path.removeprefix("/api/v1")
        expected |= {path, f"{path}/{{}}", f"{path}/{{}}/delete"}
    if place.signs_in:
        expected |= {"/sign-up", "/sign-in", "/sign-out", "/account/password"}
        expected |= {"/account/sessions/{}/end", "/account/sessions/end-others"}
    assert place.routes == [expected, expected]


def contents(place: Place) -> list[list[Any]]:
    """All rows of all tables of each service."""
    tables = [*place.made, *(("users", "sessions") if place.signs_in else ())]
    found = []
    for service in place.services:
        url = service.settings["DATABASE_URL"]
        found.append([sorted(map(repr, query(url, f"SELECT * FROM {t}"))) for t in tables])  # noqa: S608
    return found


Headers = Callable[[Service], dict[str, str]]


def own(service: Service) -> str:
    """The host of a service, as its pages are reached."""
    return service.url.removeprefix("http://")


def sent(**headers: str) -> Headers:
    names = {"site": "Sec-Fetch-Site", "origin": "Origin"}
    return lambda service: {
        names[name]: value.replace("OWN", own(service)) for name, value in headers.items()
    }


FROM_ELSEWHERE: dict[str, Headers] = {
    "cross-site": sent(site="cross-site"),
    "same-site": sent(site="same-site"),
    "cross-site with the right origin": sent(site="cross-site", origin="http://OWN"),
    "same-site with the right origin": sent(site="same-site", origin="http://OWN"),
    "an unknown site": sent(site="friendly"),
    "upper case": sent(site="SAME-ORIGIN"),
    "two sites": sent(site="same-origin, cross-site"),
    "another origin": sent(origin="https://evil.example"),
    "no origin": sent(origin="null"),
    "an empty origin": sent(origin=""),
    "a host that begins the same": sent(origin="http://OWN.evil.example"),
    "a host that ends the same": sent(origin="http://evil-OWN"),
    "a user of the same name": sent(origin="http://OWN@evil.example"),
    "another port": sent(origin="http://127.0.0.1:1"),
    "no port": sent(origin="http://127.0.0.1"),
    "a path": sent(origin="http://evil.example/OWN"),
    "no scheme": sent(origin="//OWN.example"),
    "nothing": sent(),
}
FROM_HERE: dict[str, Headers] = {
    "same-origin": sent(site="same-origin"),
    "an address that was typed": sent(site="none"),
    "same-origin without an origin": sent(site="same-origin", origin="null"),
    "an old browser": sent(origin="http://OWN"),
    "an old browser behind a proxy": sent(origin="https://OWN"),
}


def test_a_form_of_another_site_changes_nothing(place: Place) -> None:
    visitor = place.visitor
    rows = Rows(place.made, visitor.create)
    paths: dict[str, list[str]] = {}
    for route in place.routes[0]:
        if route.startswith("/account/sessions/{}"):
            ids = [cookie.split(".")[0] for cookie in visitor.cookies]
        elif "{}" in route:
            (resource,) = [
                r for r in place.made.values() if r.path == f"/api/v1{route.partition('/{}')[0]}"
            ]
            ids = [str(rows.create(resource)["id"])] * 2
        else:
            ids = ["", ""]
        paths[route] = [route.replace("{}", row_id) for row_id in ids]
    before = contents(place)
    assert before[0][0]
    body = f"email={visitor.email}&password={PASSWORD}&current={PASSWORD}&new={PASSWORD}1".encode()
    jars = [dict(jar) for jar in visitor.jars]
    for route, each in paths.items():
        for name, headers in FROM_ELSEWHERE.items():
            for client, path, service, jar in zip(
                visitor.clients, each, place.services, jars, strict=True
            ):
                cookie = "; ".join(f"{n}={v}" for n, v in jar.items())
                more = {"Cookie": cookie} if cookie else {}
                lines = headers(service) | more | {"Content-Type": FORM, "Accept": HTML}
                answer = client.post(path, content=body, headers=lines)
                assert answer.status_code == 403, f"{route} {name}: {answer.text}"
                assert answer.headers["content-type"] == "text/html; charset=utf-8"
                assert "set-cookie" not in answer.headers
    assert contents(place) == before


def test_a_form_of_another_site_is_a_problem_for_programs(place: Place) -> None:
    answer = place.visitor.ask("POST", "/items", {"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("headers", FROM_HERE.values(), ids=FROM_HERE)
def test_a_form_of_this_site_is_read(place: Place, headers: Headers) -> None:
    visitor = place.visitor
    for number, client in enumerate(visitor.clients):
        cookie = "; ".join(f"{n}={v}" for n, v in visitor.jars[number].items())
        lines = headers(place.services[number]) | {"Content-Type": FORM, "Accept": HTML}
        lines |= {"Cookie": cookie} if cookie else {}
        answer = client.post("/items", content=b"name=thing&price=1", headers=lines)
        assert answer.status_code == 303, answer.text


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "same-origin"])
def test_a_link_of_another_site_opens_a_page(place: Place, site: str) -> None:
    for method in ("GET", "HEAD"):
        answer = place.visitor.ask(method, "/items", {"Accept": HTML, "Sec-Fetch-Site": site})
        assert answer.status_code == 200


def test_the_api_is_open_to_other_sites_as_before(place: Place) -> None:
    body = {"name": "thing", "price": "1.00"}
    answer = place.visitor.api("POST", "/api/v1/items", body)
    assert answer.status_code == 201
    answer = place.visitor.ask(
        "POST",
        "/api/v1/items",
        {"Sec-Fetch-Site": "cross-site", "Content-Type": "application/json"},
        json.dumps(body).encode(),
    )
    assert answer.status_code == (401 if place.signs_in else 201)
