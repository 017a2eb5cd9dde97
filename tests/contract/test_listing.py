"""Contract, "Items": the list, its filters and its pages."""

import base64
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.contract import expect
from tests.support.combinations import every_store
from tests.support.services import Service

pytestmark = every_store

ITEMS = "/api/v1/items"


@pytest.fixture
def category() -> str:
    """A category that no other test uses, to list this test's items only."""
    return uuid4().hex


def create(service: Service, category: str, name: str = "thing", **fields: object) -> int:
    body = {"name": name, "category": category, "price": "1.00", **fields}
    return int(expect.ok(service.client.post(ITEMS, json=body), 201)["id"])


def page(service: Service, **query: Any) -> dict[str, Any]:
    content: dict[str, Any] = expect.ok(service.client.get(ITEMS, params=query))
    assert list(content) == ["items", "next_cursor"]
    return content


def ids(content: dict[str, Any]) -> list[int]:
    return [item["id"] for item in content["items"]]


def pages(service: Service, **query: Any) -> Iterator[list[int]]:
    """Walk from the first page to the last."""
    content = page(service, **query)
    yield ids(content)
    while cursor := content["next_cursor"]:
        content = page(service, **query, cursor=cursor)
        yield ids(content)


def refused(service: Service, name: str, value: str) -> httpx.Response:
    answer = service.client.get(ITEMS, params={name: value})
    expect.invalid(answer, instance=ITEMS, loc=["query", name])
    return answer


def test_the_newest_come_first(service: Service, category: str) -> None:
    created = [create(service, category) for _ in range(3)]
    content = page(service, category=category)
    assert ids(content) == created[::-1]
    assert content["next_cursor"] is None
    assert expect.ok(service.client.get(f"{ITEMS}/{created[0]}")) == content["items"][-1]


def test_nothing_found_is_an_empty_list(service: Service, category: str) -> None:
    answer = service.client.get(ITEMS, params={"category": category})
    assert answer.content == b'{"items":[],"next_cursor":null}'


def test_a_page_has_twenty_items_unless_told_otherwise(service: Service, category: str) -> None:
    created = [create(service, category) for _ in range(21)][::-1]
    assert list(pages(service, category=category)) == [created[:20], created[20:]]
    assert ids(page(service, category=category, limit=1)) == created[:1]
    assert ids(page(service, category=category, limit=100)) == created


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_pages_end_exactly(service: Service, category: str, count: int) -> None:
    created = [create(service, category) for _ in range(count)][::-1]
    walked = list(pages(service, category=category, limit=2))
    assert walked == [created[start : start + 2] for start in range(0, count, 2)]


def test_pages_are_stable_while_items_come_and_go(service: Service, category: str) -> None:
    created = [create(service, category) for _ in range(9)][::-1]
    first = page(service, category=category, limit=3)
    newer = create(service, category)
    service.client.delete(f"{ITEMS}/{created[0]}")  # seen already
    service.client.delete(f"{ITEMS}/{created[2]}")  # the last one seen, where the cursor stands
    service.client.delete(f"{ITEMS}/{created[4]}")  # not seen yet
    service.client.patch(f"{ITEMS}/{created[5]}", json={"name": "changed"})
    seen = ids(first)
    cursor = first["next_cursor"]
    while cursor:
        content = page(service, category=category, limit=3, cursor=cursor)
        seen += ids(content)
        cursor = content["next_cursor"]
    assert newer not in seen
    assert seen == [item_id for item_id in created if item_id != created[4]]


def test_a_cursor_may_be_used_twice_and_with_another_limit(service: Service, category: str) -> None:
    created = [create(service, category) for _ in range(5)][::-1]
    cursor = page(service, category=category, limit=2)["next_cursor"]
    for _ in range(2):
        assert ids(page(service, category=category, limit=1, cursor=cursor)) == created[2:3]
    assert ids(page(service, category=category, cursor=cursor)) == created[2:]


def test_a_forged_cursor_is_a_422_problem(service: Service, category: str) -> None:
    for _ in range(2):
        create(service, category)
    cursor = page(service, category=category, limit=1)["next_cursor"]
    assert cursor is not None
    other = "A" if cursor[0] != "A" else "B"
    last = "A" if cursor[-1] != "A" else "B"
    forged = [
        "",
        "x",
        "1",
        "null",
        "☃",
        "\x00",
        "=" * 20,
        cursor.swapcase(),
        other + cursor[1:],
        cursor[:-1] + last,
        cursor[:-1],
        cursor + "A",
        cursor + "=",
        cursor + " ",
        cursor * 2,
        "A" * 6_000,
        base64.urlsafe_b64encode(b"1").decode(),
        base64.urlsafe_b64encode(b'{"id":1}').decode(),
        base64.urlsafe_b64encode(bytes(15)).decode(),
        base64.urlsafe_b64encode(b"\xff" * 15).decode(),
    ]
    for value in forged:
        refused(service, "cursor", value)


@pytest.mark.parametrize(
    "value", ["0", "-1", "101", "abc", "", "1.5", "1e1", "null", "9" * 30, "9" * 5000, "\x00"]
)
def test_a_wrong_limit_is_a_422_problem(service: Service, value: str) -> None:
    refused(service, "limit", value)


@pytest.mark.parametrize("name", ["min_price", "max_price"])
@pytest.mark.parametrize("value", ["abc", "", "NaN", "Infinity", "-Infinity", "\x00", "1,5"])
def test_a_wrong_price_is_a_422_problem(service: Service, name: str, value: str) -> None:
    refused(service, name, value)


@pytest.mark.parametrize("name", ["min_price", "max_price"])
@pytest.mark.parametrize(
    "value", ["-1", "0.001", "100000000", "1e400", "1e999999999", "9" * 5000, "1e-400", "-0"]
)
def test_a_price_beyond_every_item_is_no_server_error(
    service: Service, name: str, value: str
) -> None:
    answer = service.client.get(ITEMS, params={name: value})
    assert answer.status_code in {200, 422}, answer.content


@pytest.mark.parametrize("name", ["keyword", "category"])
def test_text_that_no_database_takes_is_a_422_problem(service: Service, name: str) -> None:
    refused(service, name, "\x00")
    refused(service, name, "a\x00b")


@pytest.mark.parametrize("name", ["keyword", "category", "cursor", "limit", "min_price"])
@pytest.mark.parametrize("raw", ["%ff", "%ed%a0%80", "%c0%80", "%", "%zz", "%u1234"])
def test_a_query_that_is_no_utf_8_is_no_server_error(service: Service, name: str, raw: str) -> None:
    answer = service.client.get(f"{ITEMS}?{name}={raw}")
    assert answer.status_code in {200, 422}, answer.content


@pytest.mark.parametrize("name", ["keyword", "category"])
@pytest.mark.parametrize(
    "value", ["'", "' OR '1'='1", "1; DROP TABLE items", '"', "\\", "\\'", "--", "$1", ":x", "?"]
)
def test_a_filter_is_never_part_of_a_statement(service: Service, name: str, value: str) -> None:
    create(service, "ordinary")
    content = page(service, **{name: value, "limit": 100})
    text = ("name", "description") if name == "keyword" else ("category",)
    for item in content["items"]:
        assert any(value in (item[field] or "") for field in text)


def test_bounds_of_the_price_are_inclusive(service: Service, category: str) -> None:
    by_price = {
        price: create(service, category, price=price)
        for price in ("0.00", "1.99", "2.00", "2.01", "10.00", "99999999.99")
    }

    def found(**query: str) -> list[str]:
        listed = ids(page(service, category=category, **query))
        return [price for price, item_id in by_price.items() if item_id in listed]

    assert found(min_price="2.00", max_price="2.00") == ["2.00"]
    assert found(min_price="2") == ["2.00", "2.01", "10.00", "99999999.99"]
    assert found(max_price="2.00") == ["0.00", "1.99", "2.00"]
    assert found(min_price="1.99", max_price="2.01") == ["1.99", "2.00", "2.01"]
    assert found(min_price="99999999.99") == ["99999999.99"]
    assert found(max_price="0") == ["0.00"]
    assert found(min_price="3", max_price="2") == []


def test_a_keyword_is_sought_in_name_and_description(service: Service, category: str) -> None:
    in_name = create(service, category, name="A Red lamp")
    in_description = create(service, category, description="coloured RED")
    in_category_only = create(service, category)

    def found(keyword: str) -> list[int]:
        return ids(page(service, category=category, keyword=keyword))

    assert found("red") == [in_description, in_name]
    assert found("RED") == [in_description, in_name]
    assert found("red l") == [in_name]
    assert found("blue") == []
    assert found(category[:8]) == []
    assert in_category_only in found("thing")


@pytest.mark.parametrize(
    ("keyword", "matching", "other"),
    [
        ("50%", "50% off", "500 off"),
        ("a_b", "a_b", "axb"),
        ("%", "100%", "100"),
        ("_", "snake_case", "snake"),
        ("\\", "back\\slash", "backslash"),
        ("\\%", "a\\%b", "a%b"),
        ("[a]", "[a]", "a"),
        ("*", "a*b", "ab"),
        ("🚀", "a 🚀", "a 🛸"),
        ("日本", "日本語", "英語"),
        ("ü", "Füße", "Fuße"),
    ],
)
def test_a_keyword_is_taken_literally(
    service: Service, category: str, keyword: str, matching: str, other: str
) -> None:
    expected = create(service, category, name=matching)
    create(service, category, name=other)
    assert ids(page(service, category=category, keyword=keyword)) == [expected]


def test_case_is_ignored_beyond_ascii_too(service: Service, category: str) -> None:
    expected = create(service, category, name="ÉCLAIR ПРИВЕТ")
    assert ids(page(service, category=category, keyword="éclair")) == [expected]
    assert ids(page(service, category=category, keyword="привет")) == [expected]


def test_a_category_is_matched_exactly(service: Service, category: str) -> None:
    expected = create(service, category)
    create(service, category.upper() + "X")
    create(service, f"{category} ")
    create(service, category[:-1])
    assert ids(page(service, category=category)) == [expected]
    shouted = f"Loud{category}"
    create(service, shouted.lower())
    create(service, f"Loud\N{LATIN SMALL LETTER E WITH ACUTE}{category}"[:50])
    assert ids(page(service, category=shouted)) == []


def test_filters_work_together_and_across_pages(service: Service, category: str) -> None:
    wanted = [create(service, category, name=f"Lamp {n}", price=f"{n}.00") for n in range(2, 7)]
    create(service, category, name="Lamp 9", price="9.00")
    create(service, category, name="Chair", price="3.00")
    create(service, f"{category}2", name="Lamp 3", price="3.00")
    query = {"category": category, "keyword": "lamp", "min_price": "2", "max_price": "6"}
    walked = list(pages(service, **query, limit=2))
    assert [item_id for ids_ in walked for item_id in ids_] == wanted[::-1]


def test_the_last_of_repeated_parameters_counts(service: Service, category: str) -> None:
    created = [create(service, category) for _ in range(3)][::-1]
    answer = service.client.get(f"{ITEMS}?category=x&category={category}&limit=1&limit=2")
    assert ids(expect.ok(answer)) == created[:2]
    answer = service.client.get(f"{ITEMS}?limit=abc&limit=1&category={category}")
    assert ids(expect.ok(answer)) == created[:1]


def test_unknown_parameters_are_ignored(service: Service, category: str) -> None:
    create(service, category)
    assert len(ids(page(service, category=category, colour="red", id="5", offset="9"))) == 1


def test_every_wrong_parameter_is_named(service: Service) -> None:
    answer = service.client.get(ITEMS, params={"limit": "0", "min_price": "x", "max_price": "y"})
    errors = expect.invalid(answer, instance=ITEMS)
    assert {error["loc"][-1] for error in errors} == {"limit", "min_price", "max_price"}
