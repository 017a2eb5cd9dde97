"""A smoke test of several workers on one database."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from tests.contract import expect
from tests.support.combinations import STORES, over
from tests.support.services import Service

# Whose items they are changes nothing here; the database does.
pytestmark = over(STORES)

ITEMS = "/api/v1/items"


def test_several_workers_share_the_items(several_workers: Service) -> None:
    category = uuid4().hex

    def work(number: int) -> int:
        item = expect.ok(
            several_workers.client.post(
                ITEMS, json={"name": f"{number}", "category": category, "price": number}
            ),
            201,
        )
        path = f"{ITEMS}/{item['id']}"
        # Read by any worker as soon as the answer is out.
        assert expect.ok(several_workers.client.get(path)) == item
        expect.ok(several_workers.client.patch(path, json={"price": number + 1}))
        assert expect.ok(several_workers.client.get(path))["price"] == f"{number + 1}.00"
        return int(item["id"])

    with ThreadPoolExecutor(4) as pool:
        created = list(pool.map(work, range(24)))

    assert len(set(created)) == 24
    seen: list[int] = []
    query: dict[str, str | int] = {"category": category, "limit": 5}
    while True:
        content = expect.ok(several_workers.client.get(ITEMS, params=query))
        seen += [item["id"] for item in content["items"]]
        if not content["next_cursor"]:
            break
        # Given out by one worker, understood by the others.
        query["cursor"] = content["next_cursor"]
    assert seen == sorted(created, reverse=True)


def test_concurrent_requests_for_one_item_all_answer(several_workers: Service) -> None:

    def change(path: str) -> int:
        return several_workers.client.patch(path, json={"name": uuid4().hex}).status_code

    def delete(path: str) -> int:
        return several_workers.client.delete(path).status_code

    def create() -> str:
        answer = several_workers.client.post(ITEMS, json={"name": "shared", "price": 0})
        return str(answer.headers["location"])

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(change, [create()] * 24)) == {200}
        assert set(pool.map(delete, [create()] * 8)) <= {204, 404}
        for path in [create() for _ in range(10)]:
            # Whoever comes second finds nothing, and that is no failure of the server.
            mixed = [pool.submit(act, path) for act in (change, change, delete, change, delete)]
            assert {answer.result() for answer in mixed} <= {200, 204, 404}
            assert several_workers.client.get(path).status_code == 404
