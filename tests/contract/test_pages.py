"""Contract, "Pages": the pages of resources, on both frameworks and every database.

Each request goes to both services. Their answers have to be the same byte for byte.
"""

import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import product, zip_longest
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest

from tests.contract import expect
from tests.support import resource_rules as support
from tests.support import wire
from tests.support.combinations import AUTHS, CONTRACT_STRENGTH, STORES
from tests.support.page_html import Element, Form, Page
from tests.support.projects import Projects
from tests.support.resource_rules import NUMBERS, TIMES, Field, Resource, Rows
from tests.support.services import Service
from tests.support.visitors import (
    FORM,
    HTML,
    NAVIGATION,
    SAME_ORIGIN,
    Visitor,
    page_of,
    see_other,
    seen,
    start_with_pages,
    to_sign_in,
    visitors,
)
from tests.support.waiting import while_another_changes

# Every database, with sign-in or without, and both kinds of pages; at night each with each.
PLACES = [
    ("sqlite", "none", "htmx"),
    ("postgresql", "jwt", "plain"),
    ("mysql", "jwt", "htmx"),
]
if CONTRACT_STRENGTH > 2:
    PLACES = list(product(STORES, AUTHS, ("plain", "htmx")))
NAMES = [str(entry["name"]) for entry in (*support.first(), *support.MADE) if "name" in entry]
MISSING = 987_654_321
LARGEST = 1024 * 1024
EVIL = """<script>"'&</textarea><b x=y>"""
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HTMX_POLICY = "script-src 'self'; connect-src 'self'"
SCRIPTS = {"plain": 0, "htmx": 2}


def as_parameters(places: list[tuple[str, str, str]]) -> list[Any]:
    """Places, each with its services in one process of the tests."""
    return [
        pytest.param(place, id="-".join(place), marks=pytest.mark.xdist_group(f"pages-{place}"))
        for place in places
    ]


with_sign_in = pytest.mark.parametrize(
    "place", as_parameters([place for place in PLACES if place[1] == "jwt"]), indirect=True
)


# Where ten seconds pass, once is enough.
with_sign_in_once = pytest.mark.parametrize(
    "place", as_parameters([next(place for place in PLACES if place[1] == "jwt")]), indirect=True
)


@pytest.fixture(scope="module", params=as_parameters(PLACES))
def place(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    """A database, how users sign in, and the kind of the pages."""
    found: tuple[str, str, str] = request.param
    return found


@pytest.fixture(scope="module")
def made(place: tuple[str, str, str]) -> dict[str, Resource]:
    """The resources of the services."""
    return support.resources(support.entries(place[1]), place[1])


@pytest.fixture(scope="module")
def services(
    place: tuple[str, str, str], projects: Projects, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, ...]]:
    """A service of each framework with pages for all resources."""
    database, auth, pages = place
    settings = {"CORS_ORIGINS": "https://a.example", "TRUSTED_HOSTS": "127.0.0.1"}
    if auth == "jwt":
        settings["JWT_SECRET"] = secrets.token_hex(32)
    folder = tmp_path_factory.mktemp(f"pages-{'-'.join(place)}")
    answers = {"database": database, "auth": auth, "pages": pages}
    with ExitStack() as stack:
        entries = support.entries(auth)
        yield start_with_pages(projects, entries, folder, stack, settings, **answers)


@pytest.fixture(scope="module")
def new_visitor(services: tuple[Service, ...]) -> Iterator[Callable[[], Visitor]]:
    """Makes somebody who has never been there."""
    with visitors(*services) as new:
        yield new


@pytest.fixture(scope="module")
def visitor(place: tuple[str, str, str], new_visitor: Callable[[], Visitor]) -> Visitor:
    """Somebody who may see and do everything that a user may."""
    return new_visitor().sign_up() if place[1] == "jwt" else new_visitor()


@pytest.fixture(params=NAMES)
def resource(request: pytest.FixtureRequest, made: dict[str, Resource]) -> Resource:
    """One resource after the other."""
    return made[request.param]


@pytest.fixture
def items(made: dict[str, Resource]) -> Resource:
    return made["items"]


@pytest.fixture
def rows(visitor: Visitor, made: dict[str, Resource]) -> Rows:
    return Rows(made, visitor.create)


def path_of(resource: Resource, row: dict[str, Any] | None = None, *more: object) -> str:
    """The path of a page."""
    parts = [resource.path.removeprefix("/api/v1"), *([row["id"]] if row else []), *more]
    return "/".join(map(str, parts))


def typed(control: Element, value: Any) -> str | None:
    """What a person types to say a value; nothing for an empty checkbox."""
    kind = control.attributes.get("type")
    if kind == "checkbox":
        return control.value if value else None
    if value is None:
        return ""
    if kind == "datetime-local":
        return str(value).removesuffix("Z")
    if isinstance(value, str) and control.tag != "select":
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else repr(value)


def fill(form: Form, resource: Resource, row: dict[str, Any]) -> dict[str, str | None]:
    """What a person types to say a row."""
    found = {}
    for field in resource.fields:
        value = row.get(field.name)
        if field.type == "json" and value is not None:
            value = json.dumps(value, ensure_ascii=False)
        found[field.name] = typed(form.controls[field.name], value)
    return found


def read(visitor: Visitor, resource: Resource, row: dict[str, Any]) -> dict[str, Any]:
    """A row as the API has it now."""
    found: dict[str, Any] = expect.ok(visitor.api("GET", f"{resource.path}/{row['id']}"))
    return found


def newest(visitor: Visitor, resource: Resource) -> dict[str, Any]:
    """The row that was made last."""
    page = expect.ok(visitor.api("GET", f"{resource.path}?limit=1"))
    found: dict[str, Any] = page[resource.name][0]
    return found


def listed(page: Page) -> list[str]:
    """The ids of the rows in a list, of those that have a link: other links lead to other rows."""
    first_cells = [row.find("td")[:1] for row in page.main.find("tr")]
    links = [link for cells in first_cells for cell in cells for link in cell.find("a")]
    return [link.attributes["href"].split("/")[-2] for link in links]


def values_of(row: dict[str, Any]) -> dict[str, Any]:
    """All that a save may not change."""
    return {name: value for name, value in row.items() if name != "updated_at"}


def test_the_front_page_leads_to_the_first_list(visitor: Visitor) -> None:
    for method in ("GET", "HEAD"):
        see_other(visitor.ask(method, "/"), "/items")


def test_a_form_makes_a_row(visitor: Visitor, rows: Rows, resource: Resource) -> None:
    body = rows.body(resource)
    form = visitor.open(path_of(resource, None, "new")).form()
    assert form.action == path_of(resource)
    answer = visitor.post(form.action, form.values(**fill(form, resource, body)))
    page = visitor.follow(answer, path_of(resource))
    assert page.flash
    row = newest(visitor, resource)
    for field in resource.fields:
        assert row[field.name] == body[field.name], field.name
    assert listed(page)[0] == str(row["id"])
    # It is said once.
    assert not visitor.open(path_of(resource)).flash


def test_a_form_with_nothing_but_what_is_required_makes_a_row_with_defaults(
    visitor: Visitor, rows: Rows, resource: Resource
) -> None:
    body = rows.least(resource)
    form = visitor.open(path_of(resource, None, "new")).form()
    given = {n: t for n, t in fill(form, resource, body).items() if n in body}
    see_other(visitor.post(form.action, form.values(**given)), path_of(resource))
    row = newest(visitor, resource)
    for field in resource.fields:
        assert row[field.name] == (body[field.name] if field.required else field.kept_default)


def test_a_form_that_nobody_touched_changes_nothing(
    visitor: Visitor, rows: Rows, resource: Resource
) -> None:
    changing = [field for field in resource.fields if field.good]
    for pairs in zip_longest(*(field.good for field in changing)):
        given = {f.name: p[0] for f, p in zip(changing, pairs, strict=True) if p is not None}
        if len(urlencode(given)) > LARGEST:
            continue  # no form can have it
        row = expect.ok(visitor.create(resource.path, rows.body(resource, **given)), 201)
        visitor.open(path_of(resource, row, "edit"))
        see_other(visitor.submit(one_line), path_of(resource))
        assert values_of(read(visitor, resource, row)) == values_of(row)


def one_line(page: Page) -> Form:
    """The form of a page, as a browser has it: no line ends in an input of one line."""
    form = page.form()
    for control in form.controls.values():
        if control.tag == "input":
            value = control.attributes.get("value", "")
            control.attributes["value"] = re.sub(r"[\r\n]", "", value)
            if control.attributes.get("type") == "datetime-local":
                # Anything else would be taken for empty.
                assert re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?)?", value)
    return form


def test_a_form_changes_what_was_typed_and_nothing_else(
    visitor: Visitor, rows: Rows, resource: Resource
) -> None:
    row = rows.create(resource)
    for fields in (resource.fields[::2], resource.fields[1::2]):
        before, other = read(visitor, resource, row), rows.body(resource)
        changed = before | {field.name: other[field.name] for field in fields}
        form = visitor.open(path_of(resource, row, "edit")).form()
        assert form.action == path_of(resource, row)
        texts = fill(form, resource, changed)
        sent = {field.name: texts[field.name] for field in fields}
        page = visitor.follow(visitor.submit(**sent), path_of(resource))
        assert page.flash
        assert values_of(read(visitor, resource, row)) == values_of(changed)


def test_an_optional_field_can_be_emptied(visitor: Visitor, rows: Rows, resource: Resource) -> None:
    row = rows.create(resource)
    empty = {field.name: "" for field in resource.fields if field.optional}
    visitor.open(path_of(resource, row, "edit"))
    see_other(visitor.submit(**empty), path_of(resource))
    after = read(visitor, resource, row)
    assert values_of(after) == values_of(row | dict.fromkeys(empty))


WRONG = {
    "str": ["\0"],
    "text": ["a\0b"],
    "int": ["abc", "1.5", "2147483648", "1e400", "9" * 5000],
    "bigint": ["abc", "0.1", "9223372036854775808"],
    "float": ["abc", "nan", "inf", "1e400", "1,5"],
    "decimal": ["abc", "-1", "1,0", "NaN", "1e999999999", "9" * 5000],
    "date": ["2026-02-29", "today", "10000-01-01", "2026-11-30T00:00"],
    "datetime": ["2026-02-29T00:00", "now", "0", "2026-11-30"],
    "uuid": ["x", "0" * 31],
    "json": ["{", "nope", "{'a': 1}", "[NaN]", "0", '"\\u0000"', "[" * 5000],
    "enum": ["other"],
    "ref": ["x", "-1", "1.5", "9223372036854775808"],
}


def wrong_of(field: Field) -> list[str]:
    """Texts that are no value of a field."""
    longer = ["a" * (field.size + 1)] if field.type in ("str", "text") else []
    return WRONG.get(field.type, []) + longer


def test_what_is_not_valid_is_said_at_its_field_and_kept(
    visitor: Visitor, rows: Rows, resource: Resource
) -> None:
    row = rows.create(resource)
    wrong = {f.name: wrong_of(f) for f in resource.fields if wrong_of(f)}
    for texts in zip_longest(*wrong.values()):
        bad = {name: text for name, text in zip(wrong, texts, strict=True) if text is not None}
        for path, action in (
            (path_of(resource, None, "new"), path_of(resource)),
            (path_of(resource, row, "edit"), path_of(resource, row)),
        ):
            form = visitor.open(path).form()
            values = form.values(**fill(form, resource, rows.body(resource)) | bad)
            again = page_of(visitor.post(action, values), 422)
            assert set(again.errors) == set(bad)
            assert all(again.errors.values())
            assert again.title.startswith("Error: ")
            assert str(len(bad)) in again.alerts or len(bad) == 1
            first = next(n for n in again.form().controls if n in bad)
            assert [e.attributes["name"] for e in again.root.find(autofocus="")] == [first]
            kept = again.form().values()
            for name, text in values.items():
                # The parser of HTML keeps no NUL; a choice that is none cannot be shown.
                if "\0" not in text and again.form().controls[name].tag != "select":
                    assert kept[name] == text, name
    assert values_of(read(visitor, resource, row)) == values_of(row)
    assert newest(visitor, resource)["id"] == row["id"]


def test_a_reference_to_a_row_that_is_not_there_is_said_at_its_field(
    visitor: Visitor, rows: Rows, resource: Resource
) -> None:
    row = rows.create(resource)
    for field in resource.references:
        missing = {field.name: str(MISSING)}
        visitor.open(path_of(resource, row, "edit"))
        page = page_of(visitor.submit(**missing), 422)
        assert list(page.errors) == [field.name]
        assert f"There is no {field.argument.removesuffix('s')} with this id" in page.main.text
        form = visitor.open(path_of(resource, None, "new")).form()
        typed_in = fill(form, resource, rows.body(resource))
        page = page_of(visitor.submit(**typed_in | missing), 422)
        assert list(page.errors) == [field.name]
    assert values_of(read(visitor, resource, row)) == values_of(row)


def test_what_is_required_has_to_be_there(visitor: Visitor, resource: Resource) -> None:
    required = {f.name for f in resource.fields if f.required and f.type != "bool"}
    with_default = {f.name for f in resource.fields if f.default is not None}
    form = visitor.open(path_of(resource, None, "new")).form()
    for name in required:
        assert "required" in form.controls[name].attributes, name
    page = page_of(visitor.post(path_of(resource)), 422)
    assert required <= set(page.errors) <= required | with_default
    empty = dict.fromkeys(form.controls, "")
    page = page_of(visitor.post(path_of(resource), empty), 422)
    assert required <= set(page.errors) <= required | with_default
    for field in resource.fields:
        limit = form.controls[field.name].attributes.get("maxlength")
        assert limit == (str(field.size) if field.type in ("str", "text") else None), field.name


def test_no_two_rows_have_the_same_unique_value(
    visitor: Visitor, rows: Rows, resource: Resource
) -> None:
    unique = [field.name for field in resource.fields if field.unique]
    taken, other = rows.create(resource), rows.create(resource)
    for name in unique:
        visitor.open(path_of(resource, other, "edit"))
        text = fill(Page(visitor.last[0].text).form(), resource, taken)[name]
        page = page_of(visitor.submit(**{name: text}), 422)
        assert resource.taken in page.main.text
        assert page.form().values()[name] == text
        form = visitor.open(path_of(resource, None, "new")).form()
        body = rows.body(resource, **{name: taken[name]})
        page = page_of(visitor.submit(**fill(form, resource, body)), 422)
        assert resource.taken in page.main.text
    assert values_of(read(visitor, resource, other)) == values_of(other)


def test_a_delete_is_asked_for_and_done(visitor: Visitor, rows: Rows, resource: Resource) -> None:
    row = rows.create(resource)
    edit, delete = path_of(resource, row, "edit"), path_of(resource, row, "delete")
    listing = visitor.open(path_of(resource))
    assert [e for e in listing.main.find("a", href=delete) if "aria-label" in e.attributes]
    asking = visitor.open(delete)
    assert asking.form().action == delete
    texts = [str(row[f.name]) for f in resource.fields if f.type in ("str", "text")]
    assert texts[0] in asking.main.text
    # To look at the page deletes nothing.
    assert read(visitor, resource, row) == row
    page = visitor.follow(visitor.submit(), path_of(resource))
    assert page.flash
    assert str(row["id"]) not in listed(page)
    for answer in (
        visitor.ask("GET", edit),
        visitor.ask("GET", delete),
        visitor.post(path_of(resource, row), {}),
        visitor.post(delete),
    ):
        assert resource.not_found in page_of(answer, 404).main.text
    assert visitor.api("GET", f"{resource.path}/{row['id']}").status_code == 404


def test_a_row_that_others_refer_to_stays(
    visitor: Visitor, rows: Rows, made: dict[str, Resource]
) -> None:
    for resource in made.values():
        for field in resource.references:
            target = made[field.argument]
            row = rows.create(target)
            rows.create(resource, **{field.name: row["id"]})
            visitor.open(path_of(target, row, "delete"))
            page = page_of(visitor.submit(), 409)
            assert target.refers in page.main.text
            assert page.form().action == path_of(target, row, "delete")
            assert read(visitor, target, row) == row


NO_IDS = ["0", "-1", "x", "1.5", "%D9%A1", "1e1", "%00", "9" * 30, str(2**63), str(MISSING), "1%20"]


@pytest.mark.parametrize("row_id", NO_IDS)
def test_an_id_that_no_row_has_is_404(visitor: Visitor, items: Resource, row_id: str) -> None:
    for method, more in (("GET", "/edit"), ("POST", ""), ("GET", "/delete"), ("POST", "/delete")):
        path = f"{path_of(items)}/{row_id}{more}"
        headers = {"Content-Type": FORM, "Sec-Fetch-Site": "same-origin"}
        page = page_of(visitor.ask(method, path, SAME_ORIGIN | headers), 404)
        assert page.title.startswith(("404", "Not Found", "Error"))
        problem = visitor.ask(method, path, headers)
        assert problem.status_code == 404
        assert problem.headers["content-type"] == "application/problem+json"


def test_a_list_has_the_rows_newest_first_in_pages(
    visitor: Visitor, rows: Rows, items: Resource
) -> None:
    category = secrets.token_hex(8)
    made_here = [rows.create(items, category=category)["id"] for _ in range(5)]
    query = urlencode({"category": category, "limit": 2, "keyword": "", "min_price": ""})
    page, found = visitor.open(f"{path_of(items)}?{query}"), []
    for _ in range(3):
        found.append(listed(page))
        if more := [h for h in page.links.values() if "cursor=" in h]:
            (following,) = more
            parts = parse_qs(urlsplit(following).query)
            assert urlsplit(following).path == path_of(items)
            assert parts["category"] == [category]
            assert parts["limit"] == ["2"]
            page = visitor.open(following)
            first = [h for h in page.links.values() if f"category={category}" in h]
            assert any("cursor=" not in link for link in first)
    newest_first = list(map(str, reversed(made_here)))
    assert found == [newest_first[:2], newest_first[2:4], newest_first[4:]]
    assert page.root.find("form")[0]
    assert "cursor=" not in " ".join(page.links.values())


def filter_form(page: Page) -> Form:
    """The form that narrows a list."""
    (element,) = page.main.find("form")
    assert element.attributes.get("method", "get").lower() == "get"
    return Form(page, element)


def test_every_filter_of_a_list_is_in_its_form(
    visitor: Visitor, rows: Rows, resource: Resource
) -> None:
    row = rows.create(resource)
    form = filter_form(visitor.open(path_of(resource)))
    expected = {name for field in resource.fields for name in field.filters}
    expected |= {"keyword"} if resource.sought else set()
    assert set(form.controls) == expected
    matching: dict[str, str] = {}
    for field in resource.fields:
        value = row[field.name]
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if field.type in NUMBERS:
            matching |= {f"min_{field.name}": text, f"max_{field.name}": text}
        elif field.type in TIMES:
            late = "2100-01-01" if field.type == "date" else "2100-01-01T00:00:00"
            matching |= {f"{field.name}_after": late.replace("2100", "1900")}
            matching |= {f"{field.name}_before": late}
        elif field.filters:
            matching[field.name] = text
    # As the form sends it: empty members too.
    query = urlencode(dict.fromkeys(form.controls, "") | matching)
    page = visitor.open(f"{path_of(resource)}?{query}")
    assert str(row["id"]) in listed(page)
    kept = filter_form(page).values()
    for name, text in matching.items():
        assert kept[name] == text, name


def test_a_filter_that_is_not_valid_is_said_at_its_field(
    visitor: Visitor, rows: Rows, resource: Resource
) -> None:
    rows.create(resource)
    for field in resource.fields:
        for name in field.filters:
            wrong = [text for text in field.bad_queries if text]
            for text in wrong:
                answer = visitor.ask("GET", f"{path_of(resource)}?{urlencode({name: text})}")
                page = page_of(answer, 422)
                assert set(page.errors) == {name}
                assert page.title.startswith("Error: ")
                assert listed(page) == []
    for query in ("cursor=forged", "limit=0", "limit=101", "limit=x"):
        page = page_of(visitor.ask("GET", f"{path_of(resource)}?{query}"), 422)
        assert page.alerts
        assert listed(page) == []


def test_an_empty_list_says_so(
    place: tuple[str, str, str],
    visitor: Visitor,
    new_visitor: Callable[[], Visitor],
    items: Resource,
) -> None:
    page = visitor.open(f"{path_of(items)}?keyword={secrets.token_hex(8)}")
    assert listed(page) == []
    with_filter = page.main.text
    assert path_of(items, None, "new") in page.links.values()
    if place[1] == "jwt":
        page = new_visitor().sign_up().open(path_of(items))
        assert listed(page) == []
        assert path_of(items, None, "new") in page.links.values()
        assert page.main.text != with_filter


def test_a_reference_offers_the_rows_that_there_are(
    visitor: Visitor, rows: Rows, made: dict[str, Resource]
) -> None:
    item = rows.create(made["items"], name=f"Hammer {EVIL}")
    page = visitor.open(path_of(made["orders"], None, "new"))
    control = page.form().controls["items"]
    offered = page.root.one("datalist", id=control.attributes["list"]).find("option")
    texts = {option.attributes["value"]: option for option in offered}
    assert len(offered) <= 100
    assert str(item["id"]) in texts
    option = texts[str(item["id"])]
    assert f"Hammer {EVIL}" in option.raw + option.attributes.get("label", "")


def test_a_reference_in_a_list_is_named_and_leads_to_its_row(
    visitor: Visitor, rows: Rows, made: dict[str, Resource]
) -> None:
    item = rows.create(made["items"], name=f"Hammer {EVIL}")
    rows.create(made["orders"], items=item["id"])
    page = visitor.open(path_of(made["orders"]))
    assert page.root.one("a", href=path_of(made["items"], item, "edit")).raw == item["name"]


@with_sign_in
def test_a_list_for_everybody_does_not_name_the_rows_of_its_users(
    visitor: Visitor,
    new_visitor: Callable[[], Visitor],
    rows: Rows,
    made: dict[str, Resource],
) -> None:
    order = rows.create(made["orders"], customer="Somebody Secret")
    rows.create(made["order_lines"], position=order["id"])
    assert "Somebody Secret" in visitor.open(path_of(made["orders"])).main.text
    for reader in (visitor, new_visitor(), new_visitor().sign_up()):
        page = reader.open(path_of(made["order_lines"]))
        assert str(order["id"]) in page.main.text
        assert "Somebody Secret" not in page.main.text


@pytest.mark.parametrize(
    "place", as_parameters([place for place in PLACES if place[0] != "sqlite"]), indirect=True
)
def test_a_row_that_is_deleted_while_it_is_saved_is_404(
    visitor: Visitor, rows: Rows, items: Resource
) -> None:
    row = rows.create(items)
    form = visitor.open(path_of(items, row, "edit")).form().encoded(name="Renamed")
    for service, client, jar in zip(visitor.services, visitor.clients, visitor.jars, strict=True):
        cookies = "; ".join(f"{name}={value}" for name, value in jar.items())
        headers = {"Content-Type": FORM, **SAME_ORIGIN, "Cookie": cookies}
        save = partial(client.post, path_of(items, row), content=form, headers=headers)
        delete = f"DELETE FROM items WHERE id = {row['id']}"  # noqa: S608 - a number
        answer = while_another_changes(service, delete, save)
        assert items.not_found in page_of(answer, 404).main.text


def pages_of(resource: Resource, row: dict[str, Any]) -> list[str]:
    """All pages of a resource that can be opened."""
    return [
        path_of(resource),
        path_of(resource, None, "new"),
        path_of(resource, row, "edit"),
        path_of(resource, row, "delete"),
    ]


def has_page_headers(answer: httpx.Response, kind: str) -> None:
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    policy = {part.strip() for part in answer.headers["content-security-policy"].split(";")}
    expected = POLICY if kind == "plain" else f"{POLICY}; {HTMX_POLICY}"
    assert policy == {part.strip() for part in expected.split(";")}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"


def test_every_page_has_its_headers_and_a_head(
    place: tuple[str, str, str], visitor: Visitor, rows: Rows, resource: Resource
) -> None:
    row = rows.create(resource)
    for path in pages_of(resource, row):
        answer = visitor.ask("GET", path)
        assert answer.status_code == 200
        has_page_headers(answer, place[2])
        head = visitor.ask("HEAD", path)
        assert head.status_code == 200
        assert head.content == b""
        without = {"date", "x-request-id"}
        assert {n: v for n, v in head.headers.items() if n not in without} == {
            n: v for n, v in answer.headers.items() if n not in without
        }
    invalid = visitor.post(path_of(resource))
    assert invalid.status_code == 422
    has_page_headers(invalid, place[2])


def test_every_page_is_a_document_that_everybody_can_read(
    place: tuple[str, str, str], visitor: Visitor, rows: Rows, resource: Resource
) -> None:
    row = rows.create(resource)
    titles = set()
    for path in pages_of(resource, row):
        page = visitor.open(path)
        assert page.root.one("html").attributes["lang"] == "en"
        assert page.heading
        titles.add(page.title)
        navigation = page.root.one("nav", aria_label="Main").find("a")
        assert {e.attributes["href"] for e in navigation} >= {path_of(resource)}
        assert [e.attributes["href"] for e in navigation if "aria-current" in e.attributes] == [
            path_of(resource)
        ]
        for form in page.forms():
            assert all(form.labels.values())
        assert page.root.find("style") == []
        assert not [e for e in page.root if "style" in e.attributes]
        scripts = page.root.find("script")
        assert len(scripts) == SCRIPTS[place[2]]
        assert not [e for e in scripts if e.raw or not e.attributes["src"].startswith("/static/")]
    assert len(titles) == 4


def is_harmless(page: Page, kind: str) -> None:
    """Nothing that a person typed became an element or an attribute."""
    assert len(page.root.find("script")) == SCRIPTS[kind]
    assert page.root.find("b", x="y") == []
    for element in page.root:
        for name in element.attributes:
            assert re.fullmatch(r"[a-z][a-z0-9:-]*", name), name
            assert not name.startswith("on")


def test_what_a_person_typed_is_text_on_every_page(
    place: tuple[str, str, str], visitor: Visitor, rows: Rows, resource: Resource
) -> None:
    texts = [f for f in resource.fields if f.type in ("str", "text")]
    evil = {f.name: EVIL[: f.size] for f in texts if not f.unique}
    evil |= {f.name: (secrets.token_hex(2) + EVIL)[: f.size] for f in texts if f.unique}
    row = rows.create(resource, **evil)
    for path in pages_of(resource, row):
        is_harmless(visitor.open(path), place[2])
    form = visitor.open(path_of(resource, row, "edit")).form()
    for name, text in evil.items():
        assert form.controls[name].value == text, name
    everywhere = dict.fromkeys(form.controls, EVIL)
    for path in (path_of(resource), path_of(resource, row)):
        is_harmless(page_of(visitor.post(path, everywhere), 422), place[2])
    filters = filter_form(visitor.open(path_of(resource)))
    query = urlencode(dict.fromkeys(filters.controls, EVIL))
    answer = visitor.ask("GET", f"{path_of(resource)}?{query}")
    assert answer.status_code in (200, 422)
    is_harmless(Page(answer.text), place[2])


@pytest.mark.parametrize("path", [f"/{quote(EVIL)}", f"/items/{quote(EVIL)}/edit", f"/?{EVIL}"])
def test_a_path_is_text_in_an_error(
    place: tuple[str, str, str], visitor: Visitor, path: str
) -> None:
    answer = visitor.ask("GET", path)
    if path.startswith("/?"):
        see_other(answer, "/items")
    else:
        is_harmless(page_of(answer, 404), place[2])


def test_a_textarea_keeps_its_lines_up_to_the_limit(
    visitor: Visitor, rows: Rows, items: Resource
) -> None:
    for text in ("\nfirst", "\n\n", "a\r\nb", "\n" * 1000, "a\n" * 500, "\ra"):
        row = rows.create(items)
        visitor.open(path_of(items, row, "edit"))
        see_other(visitor.submit(description=text), path_of(items))
        expected = text.replace("\r\n", "\n").replace("\r", "\n")
        assert read(visitor, items, row)["description"] == expected
        visitor.open(path_of(items, row, "edit"))
        assert Page(visitor.last[0].text).form().values()["description"] == expected
        see_other(visitor.submit(), path_of(items))
        assert read(visitor, items, row)["description"] == expected
    visitor.open(path_of(items, None, "new"))
    page = page_of(visitor.submit(name="x", price="1", description="a\n" * 500 + "b"), 422)
    assert set(page.errors) == {"description"}


def test_what_a_form_does_not_have_cannot_be_set(
    visitor: Visitor, rows: Rows, resource: Resource
) -> None:
    form = visitor.open(path_of(resource, None, "new")).form()
    values = form.values(**fill(form, resource, rows.body(resource)))
    more = {
        "id": str(MISSING),
        "owner_id": "1",
        "owner": "1",
        "created_at": "2000-01-01T00:00:00Z",
        "__class__": "x",
    }
    see_other(visitor.post(form.action, values | more), path_of(resource))
    row = newest(visitor, resource)
    assert row["id"] != MISSING
    assert row["created_at"] > "2026"
    see_other(visitor.post(path_of(resource, row), values | more), path_of(resource))
    assert read(visitor, resource, row)["created_at"] == row["created_at"]


GOOD = b"name=thing&price=1.00&description=&category="


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (GOOD, FORM, 303),
        (GOOD, f"{FORM}; charset=utf-8", 303),
        (GOOD, FORM.upper(), 303),
        (b"name=x&name=thing&price=x&price=1", FORM, 303),
        (GOOD + b"&" + b"&".join(b"x%d=" % n for n in range(996)), FORM, 303),
        (GOOD + b"&&&;&=&=x", FORM, 303),
        (b"name=%F0%9F%9A%80%C3%A9+%2B&price=1", FORM, 303),
        (b"name=%&price=1", FORM, 303),
        (b"name=%ff&price=1", FORM, 422),
        (b"name=\xff&price=1", FORM, 422),
        (b"name=%ed%a0%80&price=1", FORM, 422),
        (GOOD, "", 422),
        (GOOD, "text/plain", 422),
        (GOOD, "application/json", 422),
        (b'{"name": "thing", "price": 1}', "application/json", 422),
        (
            b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nthing\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            422,
        ),
        (b"", FORM, 422),
        (b"name", FORM, 422),
        (b"name=a%00b&price=1", FORM, 422),
        (b"%00=1", FORM, 422),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_form_is_read_as_browsers_write_it(
    visitor: Visitor, body: bytes, content_type: str, status: int
) -> None:
    answer = visitor.ask("POST", "/items", SAME_ORIGIN | {"Content-Type": content_type}, body)
    assert answer.status_code == status, answer.text
    if status == 422:
        page_of(answer, 422)


def test_a_form_of_more_than_1000_fields_is_422(
    visitor: Visitor, rows: Rows, items: Resource
) -> None:
    body = b"&".join(b"x%d=" % number for number in range(1001))
    row = rows.create(items)
    for path in ("/items", path_of(items, row), path_of(items, row, "delete")):
        assert visitor.post(path, body).status_code in (422, 303)
    page_of(visitor.post("/items", body), 422)
    page_of(visitor.post(path_of(items, row), body), 422)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/items/", 404),
        ("GET", "/items/new/", 404),
        ("PUT", "/items", 405),
        ("DELETE", "/items", 405),
        ("POST", "/items/new", 405),
        ("POST", "/livez", 405),
        ("OPTIONS", "/items", 405),
        ("POST", "/items", 403),
        ("POST", "/nothing", 404),
    ],
)
@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        (HTML, True),
        ("text/html", True),
        ("TEXT/HTML;level=1", True),
        ("application/json, text/html;q=0.1", True),
        ("text/html;q=0", False),
        ("text/html;q=0.000, */*", False),
        ("*/*", False),
        ("text/*", False),
        ("application/json", False),
        ("", False),
        ("text/htmlx", False),
        (",;q=,text/html;q=x,", None),
    ],
)
def test_an_error_is_a_page_where_a_browser_asks(
    place: tuple[str, str, str],
    visitor: Visitor,
    method: str,
    path: str,
    status: int,
    accept: str,
    is_page: bool | None,
) -> None:
    answer = visitor.ask(method, path, {"Accept": accept, "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == status
    words = {word.strip().lower() for word in answer.headers["vary"].split(",")}
    assert words == {"accept", "origin"}
    if status == 405:
        assert answer.headers["allow"]
    if is_page:
        has_page_headers(answer, place[2])
        page = page_of(answer, status)
        assert str(status) in page.main.text
        assert answer.headers["x-request-id"] in page.main.text
        assert "/" in page.links.values()
    elif is_page is False:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; frame")
        content = answer.json()
        assert content["status"] == status
        assert content["instance"] == path


@with_sign_in_once
def test_a_form_that_comes_too_slowly_is_told_so_on_a_page(visitor: Visitor) -> None:
    """A form of another site is refused before it is read."""
    head = ("Host: 127.0.0.1", f"Accept: {HTML}", f"Content-Type: {FORM}")
    own_site, elsewhere = "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"
    answers = []
    with ExitStack() as stack:
        connections = []
        for service, cookie in zip(visitor.services, visitor.cookies, strict=True):
            session = f"Cookie: {visitor.cookie_name}={cookie}"
            sized, chunked = "Content-Length: 100", "Transfer-Encoding: chunked"
            for fields, half in (
                ((own_site, session, sized), b"name=x"),
                ((own_site, session, chunked), b"6\r\nname=x"),
                ((own_site, sized), b"name=x"),
                ((elsewhere, session, sized), b"name=x"),
            ):
                connection = stack.enter_context(service.connection())
                connection.sendall(wire.head("POST", "/items", *head, *fields) + half)
                connections.append(connection)
        for received in map(wire.receive, connections):
            answers.append(
                httpx.Response(
                    received.status_code,
                    headers=[*received.headers.items()],
                    content=received.content,
                    request=httpx.Request("POST", "http://127.0.0.1/items"),
                )
            )
    on_one, on_other = answers[:4], answers[4:]
    assert [seen(answer) for answer in on_one] == [seen(answer) for answer in on_other]
    *too_slow, of_another_site = on_one
    for answer in too_slow:
        assert "The request did not arrive in time." in page_of(answer, 408).main.text
    page_of(of_another_site, 403)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nothing",
        "/api",
        "/v2/nothing",
        "/static/nothing",
        "/ws/x",
        "/docs/x",
        "/openapi.json/",
    ],
)
def test_what_programs_ask_for_has_problems_alone(visitor: Visitor, path: str) -> None:
    answer = visitor.ask("GET", path)
    assert answer.status_code == 404
    is_below = not path.startswith(("/docs/", "/openapi.json/"))
    if is_below:
        assert answer.headers["content-type"] == "application/problem+json"
        assert "accept" not in answer.headers["vary"].lower()


def test_answers_before_the_routes_are_pages_too(visitor: Visitor) -> None:
    large = b"x" * (1024 * 1024 + 1)
    page_of(visitor.ask("POST", "/items", SAME_ORIGIN | {"Content-Type": FORM}, large), 413)
    page_of(visitor.ask("GET", "/items", NAVIGATION | {"Host": "other.example"}), 400)
    for headers in ({"Host": "other.example"}, {"Host": "other.example", "Accept": "*/*"}):
        answer = visitor.ask("GET", "/items", headers)
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_static_file_is_named_after_its_content(
    place: tuple[str, str, str], visitor: Visitor
) -> None:
    page = visitor.open("/items/new")
    tags = [e for e in page.root if e.tag in ("link", "script", "img")]
    named = {e.attributes.get("href") or e.attributes["src"] for e in tags}
    assert {path.rpartition(".")[2] for path in named} >= {"css", "svg"}
    assert len(named) == 2 + SCRIPTS[place[2]]
    for path in named:
        assert re.fullmatch(r"/static/[a-z_.-]+\.[0-9a-f]{12}\.[a-z]+", path)
        answer = visitor.ask("GET", path, {})
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        kinds = {"css": "text/css", "svg": "image/svg+xml", "js": "text/javascript"}
        assert answer.headers["content-type"].startswith(kinds[path.rpartition(".")[2]])
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert len(answer.content) > 100
        head = visitor.ask("HEAD", path, {})
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(answer.content))
        other = re.sub(r"[0-9a-f]{12}", "0" * 12, path)
        is_problem(visitor.ask("GET", other))
        is_problem(visitor.ask("GET", re.sub(r"\.[0-9a-f]{12}", "", path)))


@pytest.mark.parametrize(
    "path",
    [
        "/static",
        "/static/",
        "/static/style.css",
        "/static/.css",
        "/static/%2e%2e/pages.py",
        "/static/..%2f..%2fmain.py",
        "/static/..%5cmain.py",
        "/static/%2fetc%2fpasswd",
        "/static/style.000000000000.css",
        "/static/style.css%00",
        "/static/style.css/x",
        "/static/~root",
        "/static//etc/passwd",
        "/static/base.html",
    ],
)
def test_no_other_file_can_be_had(visitor: Visitor, path: str) -> None:
    is_problem(visitor.ask("GET", path))


def is_problem(answer: httpx.Response, status: int = 404) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_pages_are_not_in_the_document_of_the_api(visitor: Visitor) -> None:
    for service in visitor.services:
        paths = expect.ok(service.client.get("/openapi.json"))["paths"]
        assert {p for p in paths if not p.startswith("/api/")} == {"/livez", "/readyz"}


@with_sign_in
def test_rows_of_somebody_else_are_not_there(
    visitor: Visitor, new_visitor: Callable[[], Visitor], rows: Rows, resource: Resource
) -> None:
    row, other = rows.create(resource), new_visitor().sign_up()
    shown = str(row["id"]) in listed(other.open(path_of(resource)))
    assert shown == (not resource.owned)
    answers = [
        other.ask("GET", path_of(resource, row, "edit")),
        other.ask("GET", path_of(resource, row, "delete")),
        other.post(path_of(resource, row), {}),
        other.post(path_of(resource, row, "delete")),
    ]
    if resource.owned:
        for answer in answers:
            assert resource.not_found in page_of(answer, 404).main.text
        assert read(visitor, resource, row) == row
    else:
        assert [answer.status_code for answer in answers] == [200, 200, 303, 303]


@with_sign_in
def test_what_everybody_may_read_needs_no_session(
    visitor: Visitor, new_visitor: Callable[[], Visitor], rows: Rows, resource: Resource
) -> None:
    row, stranger = rows.create(resource), new_visitor()
    answer = stranger.ask("GET", path_of(resource))
    if not resource.public_read:
        to_sign_in(answer, path_of(resource))
        return
    page = page_of(answer)
    text = next(str(row[f.name]) for f in resource.fields if f.type == "str")
    assert text in page.main.text
    assert listed(page) == []
    for path in (path_of(resource, None, "new"), path_of(resource, row, "edit")):
        to_sign_in(stranger.ask("GET", path), path)
    for path in (path_of(resource), path_of(resource, row), path_of(resource, row, "delete")):
        to_sign_in(stranger.post(path))
    # One's own rows alone can be changed.
    assert str(row["id"]) in listed(visitor.open(path_of(resource)))
    assert str(row["id"]) not in listed(new_visitor().sign_up().open(path_of(resource)))
