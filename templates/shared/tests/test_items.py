"""Items: create, read, list, change and delete."""

import pytest
from httpx2 import Client

ITEMS = "/api/v1/items"


def create(client: Client, **fields: object) -> dict[str, object]:
    """Create an item, and return it as the service does."""
    response = client.post(ITEMS, json={"name": "Hammer", "price": "9.50", **fields})
    assert response.status_code == 201, response.text
    item: dict[str, object] = response.json()
    assert response.headers["Location"] == f"{ITEMS}/{item['id']}"
    return item


def names(client: Client, **query: str | int) -> list[str]:
    """List the names of the items that match."""
    response = client.get(ITEMS, params=query)
    assert response.status_code == 200, response.text
    return [item["name"] for item in response.json()["items"]]


def test_an_item_reads_as_it_was_created(client: Client) -> None:
    item = create(client, description="It has a handle.", category="tools", price=9.5)
    assert item["price"] == "9.50"
    assert client.get(f"{ITEMS}/{item['id']}").json() == item


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", None), ("name", "\0"), ("category", ""), ("price", "-1")],
)
def test_a_wrong_value_is_named(client: Client, field: str, value: object) -> None:
    response = client.post(ITEMS, json={"name": "Hammer", "price": "9.50", field: value})
    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [["body", field]]


@pytest.mark.parametrize("body", ["{", "null", "[]", '"text"', ""])
def test_a_body_that_is_no_object_is_a_422(client: Client, body: str) -> None:
    response = client.post(ITEMS, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"][0] == "body"


def test_a_body_of_another_content_type_is_a_422(client: Client) -> None:
    response = client.post(ITEMS, data={"name": "Hammer", "price": "9.50"})
    assert response.status_code == 422


def test_a_list_is_read_in_pages_newest_first(client: Client) -> None:
    for number in range(5):
        create(client, name=f"Nail {number}")
    first = client.get(ITEMS, params={"limit": 3}).json()
    assert [item["name"] for item in first["items"]] == ["Nail 4", "Nail 3", "Nail 2"]
    create(client, name="A new one moves nothing")
    second = client.get(ITEMS, params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [item["name"] for item in second["items"]] == ["Nail 1", "Nail 0"]
    assert second["next_cursor"] is None


def test_a_list_can_be_narrowed(client: Client) -> None:
    create(client, name="Hammer", category="tools", price=20)
    create(client, name="Nail", category="parts", description="100 % steel", price=1)
    assert names(client, keyword="hAMM") == ["Hammer"]
    assert names(client, keyword="%") == ["Nail"]
    assert names(client, category="tools") == ["Hammer"]
    assert names(client, min_price=1, max_price="1.00") == ["Nail"]


@pytest.mark.parametrize("query", [{"limit": 101}, {"cursor": "forged"}, {"min_price": "x"}])
def test_a_wrong_query_is_named(client: Client, query: dict[str, str | int]) -> None:
    response = client.get(ITEMS, params=query)
    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [["query", *query]]


def test_a_change_leaves_what_is_not_sent(client: Client) -> None:
    item = create(client, category="tools")
    changed = client.patch(f"{ITEMS}/{item['id']}", json={"price": "3"}).json()
    assert changed == item | {"price": "3.00", "updated_at": changed["updated_at"]}


def test_a_deleted_item_is_gone(client: Client) -> None:
    path = f"{ITEMS}/{create(client)['id']}"
    assert client.delete(path).status_code == 204
    for response in (client.get(path), client.patch(path, json={}), client.delete(path)):
        assert response.status_code == 404
        assert response.json()["detail"] == "There is no item with this id."


@pytest.mark.parametrize(("item_id", "status"), [(2**63, 404), (-1, 404), ("x", 422)])
def test_an_id_that_no_item_can_have(client: Client, item_id: object, status: int) -> None:
    assert client.get(f"{ITEMS}/{item_id}").status_code == status


@pytest.mark.parametrize("attempt", [1, 2])
def test_no_test_sees_the_items_of_another(client: Client, attempt: int) -> None:
    assert names(client) == []
    create(client, name=f"Attempt {attempt}")
