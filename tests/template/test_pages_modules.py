"""What pages are made of, tried without a service: cookies, origins, paths, forms and their fields."""

import importlib
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from html import escape
from types import ModuleType
from typing import Annotated, Any, Protocol

import pytest
from pydantic import BaseModel, Field, StrictBool

from tests.support import resource_rules
from tests.support.projects import Projects, render


class Load(Protocol):
    """Imports a module of the pages."""

    def __call__(self, name: str) -> ModuleType: ...


@pytest.fixture(scope="module")
def load(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """The modules of a project whose resources have fields of all types."""
    project = tmp_path_factory.mktemp("pages") / "project"
    answers = {"framework": "fastapi", "database": "sqlite", "auth": "jwt", "pages": "plain"}
    render(projects.template(), project, resources=resource_rules.entries("jwt"), **answers)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(project)
        yield lambda name: importlib.import_module(f"app.pages.{name}")
        for name in [name for name in sys.modules if name.partition(".")[0] == "app"]:
            del sys.modules[name]


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("", None),
        ("session=a", "a"),
        ("a=b; session=c; d=e", "c"),
        ("a=b;session=c;d=e", "c"),
        ("session=", ""),
        ("session", None),
        ("session=a; session=b", None),
        ("session=a; session=a", None),
        ("Session=a", None),
        ("xsession=a", None),
        ("session=a=b", "a=b"),
        ("x; session=a;;", "a"),
        ('a="b; session=c"', 'c"'),
    ],
)
def test_a_cookie_is_read_where_there_is_one(load: Load, header: str, values: str | None) -> None:
    assert load("cookies").Cookies("development").read(header, "session") in (
        (values,) if values else (None, "")
    )


@pytest.mark.parametrize("environment", ["production", "development", "test"])
def test_a_cookie_is_written_for_this_host_and_no_script(load: Load, environment: str) -> None:
    cookies = load("cookies").Cookies(environment)
    in_production = environment == "production"
    name = "__Host-session" if in_production else "session"
    assert cookies.name("session") == name
    value, *attributes = cookies.set("session", "x.y", 60).split("; ")
    assert value == f"{name}=x.y"
    assert set(attributes) == {"Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=60"} | (
        {"Secure"} if in_production else set()
    )
    deleted, *attributes = cookies.delete("session").split("; ")
    assert deleted == f"{name}="
    assert "Max-Age=0" in attributes
    assert cookies.read(f"{name}=x", "session") == "x"


HOST = "shop.example:8000"


@pytest.mark.parametrize(
    ("site", "origin", "same"),
    [
        ("same-origin", None, True),
        ("same-origin", "null", True),
        ("none", None, True),
        ("same-site", f"http://{HOST}", False),
        ("cross-site", f"http://{HOST}", False),
        ("x", f"http://{HOST}", False),
        (None, f"http://{HOST}", True),
        (None, f"https://{HOST}", True),
        (None, "http://shop.example", False),
        (None, "http://shop.example:8001", False),
        (None, f"http://{HOST}.e.example", False),
        (None, f"http://x@{HOST}", False),
        (None, f"http://{HOST}@e.example", False),
        (None, f"http://e.example/{HOST}", False),
        (None, f"//{HOST}", False),
        (None, HOST, False),
        (None, "null", False),
        (None, "http://[", False),
        (None, "", False),
        (None, None, False),
    ],
)
def test_a_request_is_of_this_origin_or_not(
    load: Load, site: str | None, origin: str | None, same: bool
) -> None:
    assert load("csrf").is_same_origin(site or "", origin or "", HOST) is same


def test_without_a_host_no_origin_is_this_one(load: Load) -> None:
    for origin in ("", "null", "http://"):
        assert not load("csrf").is_same_origin("", origin, "")


def test_what_changes_nothing_may_come_from_anywhere(load: Load) -> None:
    assert {"GET", "HEAD", "OPTIONS"} == load("csrf").SAFE_METHODS


SESSION = "0b0b0b0b-0000-4000-8000-000000000000"
KEYS = {"jwt_secret": "0123456789abcdef" * 2, "jwt_previous_secret": None}


def session_cookie(load: Load, **settings: str) -> Any:
    module = load("session_cookie")
    return module.SessionCookie(module.AuthSettings(**KEYS | settings))


def test_a_session_is_read_from_its_own_cookie_alone(load: Load) -> None:
    cookie = session_cookie(load)
    text = cookie.sign(SESSION)
    assert cookie.read(text) == SESSION
    changed = [
        text[:place] + ("y" if character == "x" else "x") + text[place + 1 :]
        for place, character in enumerate(text)
    ]
    others = ["", ".", SESSION, f"{SESSION}.", text[:-1], f"{text}=", text.upper(), "a" * 9000]
    # The last character of 32 bytes in Base64 has two bits of which nothing is told.
    others += [text[:-1] + last for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if text[-1] != last]
    for forged in [*changed, *others, f"é{text[1:]}"]:
        assert cookie.read(forged) is None, forged


def test_a_session_is_read_with_the_previous_secret_and_signed_with_the_new_one(load: Load) -> None:
    new = "fedcba9876543210" * 2
    old = session_cookie(load)
    both = session_cookie(load, jwt_secret=new, jwt_previous_secret=str(KEYS["jwt_secret"]))
    assert both.read(old.sign(SESSION)) == SESSION
    assert both.sign(SESSION) == session_cookie(load, jwt_secret=new).sign(SESSION)
    assert session_cookie(load, jwt_secret=new).read(old.sign(SESSION)) is None


@pytest.mark.parametrize(
    "path",
    ["/", "/items", "/items/1/edit?a=b&c=%20", "/a//b", "/a\\b", "/~x", "/<>", "/" + "x" * 499],
)
def test_a_path_of_this_service_is_one_to_go_on_to(load: Load, path: str) -> None:
    assert load("paths").safe_next(path) == path


@pytest.mark.parametrize(
    "path",
    [
        *("", "items", "//e", "/\\e", "\\e", "https:", "https://e", "javascript:x", "?x", "#x"),
        *("/\te", "/\n/e", "/a\n", "\n/a", "/a b", "/a ", " /a", "/\xa0", "/é", "/\0", "/\x7f"),
        *("/" + "x" * 500, "/\u2028", "/\uff0fe"),
    ],
)
def test_what_is_none_leads_home(load: Load, path: str) -> None:
    assert load("paths").safe_next(path) == "/items"


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("content_type", "body", "values"),
    [
        (FORM, b"a=1&b=2", {"a": "1", "b": "2"}),
        (f"{FORM.upper()} ; charset=utf-8", b"a=1", {"a": "1"}),
        (FORM, b"a=1&a=2", {"a": "2"}),
        (FORM, b"a=&b", {"a": "", "b": ""}),
        (FORM, b"a=+%2B%26%C3%A9", {"a": " +&é"}),
        (FORM, b"a=%&b=%zz", {"a": "%", "b": "%zz"}),
        (FORM, b"a=1;b=2", {"a": "1;b=2"}),
        (FORM, b"", {}),
    ],
)
def test_a_form_is_read(load: Load, content_type: str, body: bytes, values: dict[str, str]) -> None:
    assert load("forms").parse_form(content_type, body) == values


@pytest.mark.parametrize("body", [b"a=1", b""])
@pytest.mark.parametrize(
    "content_type", ["", "text/plain", f"x{FORM}", "multipart/form-data; boundary=x"]
)
def test_a_body_of_another_type_is_no_form(load: Load, content_type: str, body: bytes) -> None:
    with pytest.raises(load("forms").InvalidForm, match="urlencoded"):
        load("forms").parse_form(content_type, body)


@pytest.mark.parametrize("body", [b"a=%ff", b"a=\xff", b"%ff=a", b"a=%ed%a0%80"])
def test_a_form_is_in_utf_8(load: Load, body: bytes) -> None:
    with pytest.raises(load("forms").InvalidForm, match="UTF-8"):
        load("forms").parse_form(FORM, body)


def test_a_form_has_at_most_a_thousand_fields(load: Load) -> None:
    fields = [b"x%d=" % number for number in range(1001)]
    assert len(load("forms").parse_form(FORM, b"&".join(fields[:1000]))) == 1000
    for body in (b"&".join(fields), b"&" * 1000):
        with pytest.raises(load("forms").InvalidForm, match="1000"):
            load("forms").parse_form(FORM, body)


class New(BaseModel):
    """A row of every kind of member that a form tells apart."""

    name: Annotated[str, Field(min_length=1, max_length=5)]
    note: Annotated[str, Field(max_length=9)] | None = None
    count: Annotated[int, Field(strict=True, ge=0)]
    size: int | None = None
    step: int = 3
    on: StrictBool
    maybe: StrictBool | None = None
    data: Any = None


class Changes(New):
    """The members to change."""

    name: Annotated[str, Field(min_length=1, max_length=5)] = ""
    count: Annotated[int, Field(strict=True, ge=0)] = 0
    on: StrictBool = False


def form_of(load: Load, model: type[BaseModel] = New, row: object = None) -> Any:
    fields = load("fields")
    return load("forms").Form(
        [
            fields.TextField("name", "Name"),
            fields.TextArea("note", "Note"),
            fields.WholeNumberField("count", "Count"),
            fields.WholeNumberField("size", "Size"),
            fields.WholeNumberField("step", "Step"),
            fields.Checkbox("on", "On"),
            fields.YesOrNoField("maybe", "Maybe"),
        ],
        model,
        row,
    )


GOOD = {
    "name": "a",
    "note": "",
    "count": "1",
    "size": "",
    "step": "3",
    "on": "true",
    "maybe": "",
}


def test_a_form_of_a_new_row_has_the_defaults_and_says_what_is_needed(load: Load) -> None:
    inputs = {each.name: each for each in form_of(load)}
    assert {name: each.value for name, each in inputs.items() if each.value} == {"step": "3"}
    assert {name for name, each in inputs.items() if each.is_required} == {"name", "count", "step"}
    needed = {"id": "name", "name": "name", "required": "", "maxlength": "5"}
    assert inputs["name"].attributes == needed
    assert inputs["note"].attributes == {"id": "note", "name": "note", "maxlength": "9"}
    assert inputs["maybe"].options == [("", ""), ("true", "Yes"), ("false", "No")]


def test_a_good_form_becomes_a_model(load: Load) -> None:
    found = form_of(load).validate(GOOD, New)
    assert found == New(name="a", count=1, step=3, on=True)
    without_box = {name: text for name, text in GOOD.items() if name != "on"}
    found = form_of(load).validate(without_box | {"note": "1\r\n2", "maybe": "false"}, New)
    assert found == New(name="a", note="1\n2", count=1, on=False, maybe=False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("name", ""), ("name", "aaaaaa"), ("note", "a" * 10), ("count", ""), ("count", "x")),
        *(("count", "-1"), ("count", "1.5"), ("count", "9" * 99), ("size", "x"), ("step", "")),
        ("maybe", "x"),
    ],
)
def test_an_error_stands_at_its_field_with_what_was_typed(load: Load, name: str, text: str) -> None:
    form = form_of(load)
    assert form.validate(GOOD | {name: text}, New) is None
    assert list(form.errors) == [name]
    (wrong,) = [each for each in form if each.error]
    assert (wrong.name, wrong.value) == (name, text)
    # In words of its own, not in those of a program.
    assert wrong.error[0].isupper()
    assert wrong.error.endswith(".")
    assert "{" not in wrong.error
    assert "Input should" not in wrong.error


def test_all_errors_are_said_at_once(load: Load) -> None:
    form = form_of(load)
    assert form.validate({}, New) is None
    assert set(form.errors) == {"name", "count"}
    assert form.validate(dict.fromkeys(GOOD, "x"), New) is None
    assert set(form.errors) >= {"count", "size", "step", "maybe"}


class Row:
    """A row with texts that a browser does not keep."""

    name, note, count, size, step, on, maybe = "a\nb", "1\r2\r\n3", 7, None, 3, True, None


def test_of_a_row_only_what_was_typed_is_changed(load: Load) -> None:
    texts = {each.name: each.value for each in form_of(load, Changes, Row)}
    assert texts["name"] == "ab"
    assert texts["note"] == "1\n2\n3"
    sent = texts | {"note": texts["note"].replace("\n", "\r\n")}
    unchanged = form_of(load, Changes, Row).validate(sent, Changes)
    assert unchanged.model_dump(exclude_unset=True) == {}
    changed = form_of(load, Changes, Row).validate(sent | {"count": "8", "on": ""}, Changes)
    assert changed.model_dump(exclude_unset=True) == {"count": 8, "on": False}
    emptied = form_of(load, Changes, Row).validate(sent | {"note": ""}, Changes)
    assert emptied.model_dump(exclude_unset=True) == {"note": None}


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("TextField", "a\r\nb", "ab"),
        ("TextArea", "a\rb\r\nc\nd", "a\nb\nc\nd"),
        ("WholeNumberField", -5, "-5"),
        ("FloatField", 1e22, "1e+22"),
        ("FloatField", 5e-324, "5e-324"),
        ("Checkbox", True, "true"),
        ("Checkbox", False, ""),
        ("YesOrNoField", False, "false"),
        ("YesOrNoField", None, ""),
        ("DateField", date(1, 1, 1), "0001-01-01"),
        ("DateTimeField", datetime(1, 1, 1, 0, 0, tzinfo=UTC), "0001-01-01T00:00:00"),
        ("DateTimeField", datetime(2026, 1, 1, 1, 2, 3, 4, tzinfo=UTC), "2026-01-01T01:02:03"),
        ("JsonField", [], "[]"),
        ("JsonField", None, ""),
    ],
)
def test_a_value_is_written_as_a_browser_keeps_it(
    load: Load, kind: str, value: object, text: str
) -> None:
    assert getattr(load("fields"), kind)("x", "X").write(value) == text


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("WholeNumberField", "-5", -5),
        ("WholeNumberField", "1.0", "1.0"),
        ("WholeNumberField", "1_0", "1_0"),
        ("WholeNumberField", "\u0661", "\u0661"),
        ("WholeNumberField", "9" * 5000, "9" * 5000),
        ("FloatField", "-1.5e3", -1500.0),
        ("FloatField", "nan", "nan"),
        ("FloatField", "inf", "inf"),
        ("FloatField", "1_0", "1_0"),
        ("DateTimeField", "2026-01-01T01:02", "2026-01-01T01:02:00Z"),
        ("DateTimeField", "2026-01-01T01:02:03", "2026-01-01T01:02:03Z"),
        ("DateTimeField", "2026-01-01T01:02:03+01:00", "2026-01-01T01:02:03+01:00"),
        ("JsonField", '{"a": [1, null]}', {"a": [1, None]}),
    ],
)
def test_a_text_is_read_and_what_is_none_stays_text(
    load: Load, kind: str, text: str, value: object
) -> None:
    assert getattr(load("fields"), kind)("x", "X").read(text) == value


@pytest.mark.parametrize("text", ["{", "'a'", "", "[" * 100_000])
def test_what_is_no_json_is_an_error(load: Load, text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        load("fields").JsonField("x", "X").read(text)


class Query(BaseModel):
    """What a list may be narrowed by."""

    keyword: Annotated[str, Field(max_length=9)] | None = None


def test_filters_are_written_once_while_nothing_is_chosen(load: Load) -> None:
    fields, form, write = load("fields"), load("forms").Form, load("lists").filter_form
    filters = [fields.TextField("keyword", "Keyword")]
    blank = write(form(filters, Query), "/a")
    assert 'action="/a"' in blank
    assert write(form(filters, Query), "/a") is blank
    assert 'action="/b"' in write(form(filters, Query), "/b")
    for text in ("<x>", "much too long"):
        chosen = form(filters, Query)
        chosen.validate({"keyword": text}, Query)
        written = write(chosen, "/a")
        assert f'value="{escape(text)}"' in written
        assert "open" in written
    offering = form(filters, Query)
    offering.options["keyword"] = [("mine", "Mine")]
    assert "Mine" in write(offering, "/a")
    assert write(form(filters, Query), "/a") == blank
    others = [fields.TextField("keyword", "Words")]
    assert "Words" in write(form(others, Query), "/a")


def test_a_list_shows_rows_by_its_columns(load: Load) -> None:
    fields, lists = load("fields"), load("lists")
    columns = [
        fields.TextField("name", "Name"),
        fields.WholeNumberField("count", "Count"),
        fields.ReferenceField("shelf", "Shelf"),
    ]
    rows = [(2, "a", 1, 7), (1, "", None, None), (3, "b", 0, 8)]
    referred = {"shelf": {7: ("Top", "/shelves/7/edit")}}
    written = lists.make_rows(rows, columns, "/p/items", {2}, referred)
    assert [row[:2] for row in written] == [
        ("/p/items/2", "a"),
        ("/p/items/1", "#1"),
        ("/p/items/3", "b"),
    ]
    assert [row[2] for row in written] == [
        [("Count", True, "1", None), ("Shelf", False, "Top", "/shelves/7/edit")],
        [("Count", True, "", None), ("Shelf", False, "", None)],
        [("Count", True, "0", None), ("Shelf", False, "8", None)],
    ]
    assert [row[3] for row in written] == [True, False, False]


def test_the_name_of_a_file_has_its_hash_and_no_other_is_found(load: Load) -> None:
    assets = load("assets")
    path = assets.asset_path("style.css")
    name, digest, suffix = path.split(".")
    assert (name, len(digest), suffix) == ("/static/style", 12, "css")
    found = assets.find_asset(path)
    assert sha256(found.body).hexdigest().startswith(digest)
    assert found.headers["Content-Type"] == "text/css; charset=utf-8"
    for other in ("/static/style.css", f"{path}/", f"/static/../{path}", "", "/static/__init__.py"):
        assert assets.find_asset(other) is None


def test_every_message_of_a_flash_has_a_code_that_a_cookie_can_hold(load: Load) -> None:
    messages = load("flash").MESSAGES
    assert {"created", "saved", "deleted", "welcome", "signed-out"} <= set(messages)
    assert all(re.fullmatch("[a-z-]+", code) for code in messages)
    assert all(text.endswith(".") for text in messages.values())
