"""Contract, "Items": create, read, change and delete; every bound at, below and above."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.contract import expect
from tests.support import wire
from tests.support.combinations import every_store
from tests.support.services import Service

pytestmark = every_store

ITEMS = "/api/v1/items"
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
# A character of four bytes in UTF-8: lengths count characters, and the database keeps them.
ROCKET = "\N{ROCKET}"

GOOD_VALUES = [
    ("name", "a"),
    ("name", "a" * 100),
    ("name", ROCKET * 100),
    ("name", "Zażółć gęślą jaźń / 日本語 / עברית / e\N{COMBINING ACUTE ACCENT}"),
    ("name", "'; DROP TABLE items; --"),
    ("name", '<script>alert("x")</script>'),
    ("name", "%_\\'\"`{{7*7}}${7*7}"),
    ("name", " spaces stay "),
    ("name", "line\nbreak\ttab"),
    ("description", None),
    ("description", ""),
    ("description", "d" * 1000),
    ("description", ROCKET * 1000),
    ("category", None),
    ("category", "c"),
    ("category", "c" * 50),
    ("category", ROCKET * 50),
]
# Where, what, and how Pydantic names the fault.
BAD_VALUES = [
    ("name", "", "string_too_short"),
    ("name", "a" * 101, "string_too_long"),
    ("name", None, "string_type"),
    ("name", 1, "string_type"),
    ("name", True, "string_type"),
    ("name", ["a"], "string_type"),
    ("name", {"a": 1}, "string_type"),
    ("description", "d" * 1001, "string_too_long"),
    ("description", 1, "string_type"),
    ("category", "", "string_too_short"),
    ("category", "c" * 51, "string_too_long"),
    ("category", False, "string_type"),
    ("price", None, None),
    ("price", "", "decimal_parsing"),
    ("price", "abc", "decimal_parsing"),
    ("price", "1,00", "decimal_parsing"),
    ("price", [], None),
    ("price", {}, None),
    ("price", "-0.01", "greater_than_equal"),
    ("price", -1, "greater_than_equal"),
    ("price", "100000000", None),
    ("price", "100000000.00", None),
    ("price", 10**400, None),
    ("price", "1e400", None),
    ("price", "1e999999999", None),
    ("price", "0.001", "decimal_max_places"),
    ("price", "1e-400", None),
    ("price", 0.001, "decimal_max_places"),
    ("price", "NaN", "finite_number"),
    ("price", "sNaN", "finite_number"),
    ("price", "Infinity", "finite_number"),
    ("price", "-Infinity", "finite_number"),
]
PRICES = [
    (0, "0.00"),
    ("0", "0.00"),
    ("0.01", "0.01"),
    ("0.1", "0.10"),
    (1, "1.00"),
    (19.99, "19.99"),
    ("1.10", "1.10"),
    ("0001.50", "1.50"),
    ("99999999.99", "99999999.99"),
    (99999999.99, "99999999.99"),
    ("1e3", "1000.00"),
]
# Whole bodies that are no object, or no JSON, with the place and type of their one error.
BAD_BODIES: list[tuple[str, bytes, list[str | int] | None, str | None]] = [
    ("nothing", b"", ["body"], "missing"),
    ("null", b"null", ["body"], "model_attributes_type"),
    ("a list", b"[]", ["body"], "model_attributes_type"),
    ("a string", b'"text"', ["body"], "model_attributes_type"),
    ("a number", b"1", ["body"], "model_attributes_type"),
    ("true", b"true", ["body"], "model_attributes_type"),
    ("an unclosed object", b'{"name": "a"', ["body", 12], "json_invalid"),
    ("a trailing comma", b'{"name": "a",}', None, "json_invalid"),
    ("single quotes", b"{'name': 'a'}", ["body", 1], "json_invalid"),
    ("two documents", b"{} {}", ["body", 3], "json_invalid"),
    ("only a space", b" ", None, "json_invalid"),
    ("no UTF-8", b'{"name": "\xff\xfe", "price": 1}', None, None),
    ("cut UTF-8", b'{"name": "\xc3", "price": 1}', None, None),
    ("a raw control character", b'{"name": "a\x01", "price": 1}', None, "json_invalid"),
    ("NaN", b'{"name": "a", "price": NaN}', None, None),
    ("Infinity", b'{"name": "a", "price": Infinity}', None, None),
    ("-Infinity", b'{"name": "a", "price": -Infinity}', None, None),
    ("an overflow", b'{"name": "a", "price": 1e999}', None, None),
    ("ten thousand digits", b'{"name": "a", "price": ' + b"9" * 10_000 + b"}", None, None),
    ("deep lists", b"[" * 200_000, None, None),
    ("deep lists that end", b"[" * 100_000 + b"]" * 100_000, None, None),
    ("deep objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, None, None),
    ("NUL in a text", b'{"name": "a\\u0000b", "price": 1}', ["body", "name"], None),
    ("a lone high surrogate", b'{"name": "\\ud800", "price": 1}', ["body", "name"], None),
    ("a lone low surrogate", b'{"name": "a\\udfff", "price": 1}', ["body", "name"], None),
    (
        "NUL in the description",
        b'{"name": "a", "price": 1, "description": "\\u0000"}',
        ["body", "description"],
        None,
    ),
    (
        "NUL in the category",
        b'{"name": "a", "price": 1, "category": "\\u0000"}',
        ["body", "category"],
        None,
    ),
]
WRONG_TYPES = [
    None,
    "",
    "text/plain",
    "text/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
    "application/jsonp",
    "application/octet-stream",
]
RIGHT_TYPES = [
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON",
    "application/vnd.api+json",
    "application/merge-patch+json",
]


def create(service: Service, **fields: object) -> dict[str, Any]:
    item: dict[str, Any] = expect.ok(
        service.client.post(ITEMS, json={"name": "thing", "price": "1.00", **fields}), 201
    )
    return item


def path_of(item: dict[str, Any]) -> str:
    return f"{ITEMS}/{item['id']}"


def test_a_created_item_has_every_field_and_its_defaults(service: Service) -> None:
    before = datetime.now(UTC)
    answer = service.client.post(ITEMS, json={"name": "thing", "price": "1.5"})
    item = expect.ok(answer, 201)
    assert answer.headers["location"] == path_of(item)
    assert isinstance(item["id"], int)
    assert item == {
        "id": item["id"],
        "name": "thing",
        "description": None,
        "category": None,
        "price": "1.50",
        "created_at": item["created_at"],
        "updated_at": item["updated_at"],
    }
    assert TIMESTAMP.fullmatch(item["created_at"])
    assert item["updated_at"] >= item["created_at"]
    age = datetime.fromisoformat(item["created_at"]) - before
    assert abs(age.total_seconds()) < 60


def test_an_item_reads_the_same_as_it_was_created(service: Service) -> None:
    item = create(service, description="é" + ROCKET, category="tools", price="3.20")
    assert expect.ok(service.client.get(path_of(item))) == item


@pytest.mark.parametrize(("field", "value"), GOOD_VALUES)
def test_a_good_value_is_kept_as_it_is(service: Service, field: str, value: str | None) -> None:
    item = create(service, **{field: value})
    assert item[field] == value
    assert expect.ok(service.client.get(path_of(item)))[field] == value
    changed = service.client.patch(path_of(create(service)), json={field: value})
    assert expect.ok(changed)[field] == value


@pytest.mark.parametrize(("sent", "kept"), PRICES)
def test_a_price_always_has_two_places(service: Service, sent: object, kept: str) -> None:
    item = create(service, price=sent)
    assert item["price"] == kept
    assert expect.ok(service.client.get(path_of(item)))["price"] == kept


def test_zero_has_no_sign(service: Service) -> None:
    assert create(service, price="-0")["price"] == "0.00"


@pytest.mark.parametrize(("field", "value", "kind"), BAD_VALUES, ids=lambda value: repr(value)[:30])
def test_a_bad_value_is_named(
    service: Service, field: str, value: object, kind: str | None
) -> None:
    answer = service.client.post(ITEMS, json={"name": "thing", "price": "1.00", field: value})
    expect.invalid(answer, instance=ITEMS, loc=["body", field], kind=kind)
    path = path_of(create(service))
    answer = service.client.patch(path, json={field: value})
    expect.invalid(answer, instance=path, loc=["body", field], kind=kind)


def test_every_bad_value_of_a_body_is_named(service: Service) -> None:
    answer = service.client.post(ITEMS, json={"name": "", "category": "c" * 51, "price": "x"})
    errors = expect.invalid(answer, instance=ITEMS)
    assert {error["loc"][-1] for error in errors} == {"name", "category", "price"}


@pytest.mark.parametrize("missing", ["name", "price"])
def test_a_missing_field_is_named(service: Service, missing: str) -> None:
    fields = {"name": "thing", "price": "1.00"}
    del fields[missing]
    answer = service.client.post(ITEMS, json=fields)
    expect.invalid(answer, instance=ITEMS, loc=["body", missing], kind="missing")


@pytest.mark.parametrize(
    ("body", "loc", "kind"), [row[1:] for row in BAD_BODIES], ids=[row[0] for row in BAD_BODIES]
)
def test_a_bad_body_is_a_422_problem(
    service: Service, body: bytes, loc: list[str | int] | None, kind: str | None
) -> None:
    patched = path_of(create(service))
    for method, path in (("POST", ITEMS), ("PATCH", patched)):
        answer = service.client.request(
            method, path, content=body, headers={"Content-Type": "application/json"}
        )
        if method == "POST":
            expect.invalid(answer, instance=path, loc=loc, kind=kind)
        else:
            expect.invalid(answer, instance=path)


def test_malformed_json_is_described_by_its_position(service: Service) -> None:
    answer = service.client.post(
        ITEMS, content=b'{"name": ', headers={"Content-Type": "application/json"}
    )
    assert expect.invalid(answer, instance=ITEMS) == [
        {"loc": ["body", 9], "msg": "JSON decode error", "type": "json_invalid"}
    ]


@pytest.mark.parametrize("content_type", WRONG_TYPES)
def test_a_wrong_content_type_is_a_422_problem(service: Service, content_type: str | None) -> None:
    body = b'{"name": "thing", "price": "1.00"}'
    path = path_of(create(service))
    headers = ["Host: x", f"Content-Length: {len(body)}"]
    if content_type is not None:
        headers.append(f"Content-Type: {content_type}")
    for method, target in (("POST", ITEMS), ("PATCH", path)):
        answer = wire.exchange(service, method, target, *headers, body=body)
        expect.invalid(answer, instance=target, loc=["body"], kind="model_attributes_type")


def test_a_form_is_a_422_problem(service: Service) -> None:
    answer = service.client.post(ITEMS, data={"name": "thing", "price": "1.00"})
    expect.invalid(answer, instance=ITEMS, loc=["body"])
    answer = service.client.post(ITEMS, files={"name": b"thing"})
    expect.invalid(answer, instance=ITEMS, loc=["body"])


@pytest.mark.parametrize("content_type", RIGHT_TYPES)
def test_every_kind_of_json_is_accepted(service: Service, content_type: str) -> None:
    answer = service.client.post(
        ITEMS,
        content='{"name": "é", "price": "1.00"}'.encode(),
        headers={"Content-Type": content_type},
    )
    assert expect.ok(answer, 201)["name"] == "é"


def test_answers_are_utf_8_and_not_escaped(service: Service) -> None:
    item = create(service, name="é" + ROCKET)
    assert f'"name":"é{ROCKET}"'.encode() in service.client.get(path_of(item)).content


def test_the_last_of_duplicate_members_counts(service: Service) -> None:
    body = b'{"name": "first", "name": "last", "price": "1.00"}'
    answer = service.client.post(ITEMS, content=body, headers={"Content-Type": "application/json"})
    assert expect.ok(answer, 201)["name"] == "last"


def test_unknown_members_are_ignored(service: Service) -> None:
    item = create(service, colour="red", __proto__={}, **{"": 1})
    assert set(item) == {
        "id",
        "name",
        "description",
        "category",
        "price",
        "created_at",
        "updated_at",
    }


def test_a_body_never_sets_the_id_or_the_times(service: Service) -> None:
    own = {"id": 999_999_999, "created_at": "2000-01-01T00:00:00Z", "updated_at": "x"}
    item = create(service, **own)
    assert item["id"] != own["id"]
    assert not item["created_at"].startswith("2000")
    changed = expect.ok(service.client.patch(path_of(item), json=own))
    assert (changed["id"], changed["created_at"]) == (item["id"], item["created_at"])


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("item_id", [0, 987_654_321, 2**31, 2**63 - 1, 2**63, 10**100, -1])
def test_an_absent_item_is_a_404_problem(service: Service, method: str, item_id: int) -> None:
    path = f"{ITEMS}/{item_id}"
    answer = service.client.request(method, path, json={} if method == "PATCH" else None)
    expect.problem(answer, 404, instance=path, detail=expect.NO_SUCH_ITEM)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("item_id", ["abc", "1.5", "1e3", "null", "1%20OR%201=1", "0x1"])
def test_an_id_that_is_no_integer_is_a_422_problem(
    service: Service, method: str, item_id: str
) -> None:
    path = f"{ITEMS}/{item_id}"
    answer = service.client.request(method, path, json={} if method == "PATCH" else None)
    expect.invalid(answer, instance=answer.json()["instance"], loc=["path", "item_id"])


@pytest.mark.parametrize(
    "item_id", ["%00", "%ff", "9" * 5000, "%F0%9F%9A%80", "%D9%A1", "+1", "1_0"]
)
def test_a_strange_id_is_no_server_error(service: Service, item_id: str) -> None:
    answer = service.client.get(f"{ITEMS}/{item_id}")
    assert answer.status_code in {200, 404, 422}, answer.content


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "new"), ("description", "new"), ("category", "new"), ("price", "9.00")],
)
def test_patch_changes_only_what_is_sent(service: Service, field: str, value: str) -> None:
    item = create(service, description="old", category="old")
    changed = expect.ok(service.client.patch(path_of(item), json={field: value}))
    assert changed == item | {field: value, "updated_at": changed["updated_at"]}
    assert changed["updated_at"] > item["updated_at"]
    assert TIMESTAMP.fullmatch(changed["updated_at"])
    assert expect.ok(service.client.get(path_of(item))) == changed


@pytest.mark.parametrize("field", ["description", "category"])
def test_patch_with_null_clears_what_may_be_null(service: Service, field: str) -> None:
    item = create(service, description="old", category="old")
    assert expect.ok(service.client.patch(path_of(item), json={field: None}))[field] is None


def test_an_empty_patch_changes_nothing(service: Service) -> None:
    item = create(service, description="old", category="old")
    assert expect.ok(service.client.patch(path_of(item), json={})) == item
    assert expect.ok(service.client.patch(path_of(item), json={"colour": "red"})) == item
    assert expect.ok(service.client.get(path_of(item))) == item


def test_a_refused_patch_changes_nothing(service: Service) -> None:
    item = create(service)
    answer = service.client.patch(path_of(item), json={"name": "new", "price": "-1"})
    expect.invalid(answer, instance=path_of(item), loc=["body", "price"])
    assert expect.ok(service.client.get(path_of(item))) == item


def test_a_deleted_item_is_gone(service: Service) -> None:
    item = create(service)
    answer = service.client.delete(path_of(item))
    assert answer.status_code == 204
    assert answer.content == b""
    assert "content-type" not in answer.headers
    assert "content-length" not in answer.headers
    expect.secured(answer)
    for method in ("GET", "PATCH", "DELETE"):
        again = service.client.request(
            method, path_of(item), json={} if method == "PATCH" else None
        )
        expect.problem(again, 404, instance=path_of(item), detail=expect.NO_SUCH_ITEM)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_the_collection_names_its_methods(service: Service, method: str) -> None:
    answer = service.client.request(method, ITEMS)
    expect.problem(answer, 405, instance=ITEMS)
    assert answer.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("method", ["PUT", "POST", "OPTIONS"])
def test_an_item_names_its_methods(service: Service, method: str) -> None:
    for path in (path_of(create(service)), f"{ITEMS}/987654321"):
        answer = service.client.request(method, path)
        expect.problem(answer, 405, instance=path)
        assert answer.headers["allow"] == "DELETE, GET, HEAD, PATCH"


def test_head_works_on_items(service: Service) -> None:
    item = create(service)
    for path in (ITEMS, path_of(item)):
        answer = service.client.head(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.content == b""
    assert service.client.head(f"{ITEMS}/987654321").status_code == 404
    assert service.client.head(f"{ITEMS}/abc").status_code == 422


def test_a_trailing_slash_is_another_path(service: Service) -> None:
    item = create(service)
    for path in (f"{ITEMS}/", f"{path_of(item)}/"):
        answer = service.client.get(path)
        expect.problem(answer, 404, instance=path)
