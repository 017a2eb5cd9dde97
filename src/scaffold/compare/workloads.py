"""What the services are asked: one table, of which each set of answers has its part."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scaffold.template.questions import Answers

# What the two services of a comparison do not have in common, or what says nothing of their speed.
NOT_COMPARED = ("framework", "project_name", "description", "author", "resources")
CLIENTS = 64
# A room slows down who sends more than 50 messages a second; so many sockets stay below that. Flask
# takes 500.
SOCKETS = 400
ITEMS = "/api/v1/items"
ITEM = {"name": "Lamp", "description": "Warm light, 40 cm.", "category": "light", "price": "39.90"}
_ADDRESS = {
    "name": "Ada Meyer",
    "street": "Canal Street 12",
    "city": "Riga",
    "postcode": "LV-1050",
    "country": "LV",
}
_LINE = {"sku": "LMP-0042", "title": "Lamp", "quantity": 2, "price": "39.90", "tags": ["a", "b"]}
ORDER = {
    "number": 4711,
    "placed": "2026-01-31",
    "payment": "card",
    "billing": _ADDRESS,
    "delivery": _ADDRESS,
    "lines": [_LINE] * 20,
}
# One instance for the model that a project comes with.
_IRIS = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}


@dataclass(frozen=True)
class Workload:
    """A request that is sent again and again."""

    name: str
    title: str
    about: str
    path: str
    body: Any = None  # sent as JSON
    signed_in: bool = False
    sockets: bool = False
    # More warm-up, where it takes that long until every client had its turn.
    settle_seconds: float = 0

    @property
    def request(self) -> str:
        """The request in short."""
        method = "" if self.sockets else "POST " if self.body else "GET "
        return f"{method}{self.path}"


def workloads_for(answers: Answers) -> Iterator[Workload]:
    """The workloads of services with these answers."""
    yield Workload(
        "json",
        "Plain JSON",
        "The shortest answer there is, with all that every request costs: routing, the request id, "
        "security headers, a line in the log.",
        "/livez",
    )
    yield Workload(
        "validation",
        "Validation-heavy POST",
        "An order of twenty lines and two addresses, with rules on every level. Both frameworks "
        "check it with the same Pydantic models.",
        "/measured/orders",
        ORDER,
    )
    signed_in = answers.get("auth") == "jwt"
    if answers.get("database", "none") != "none":
        yield Workload(
            "read",
            "Database read",
            "The twenty newest items.",
            ITEMS,
            signed_in=signed_in,
            settle_seconds=0.4,  # the first requests open the connections
        )
        yield Workload(
            "write",
            "Database write",
            "A new item, committed.",
            ITEMS,
            ITEM,
            signed_in=signed_in,
        )
    yield Workload(
        "outbound",
        "Slow outbound call",
        "The service asks another one that takes 100 ms, with the same HTTP client on both sides.",
        "/measured/outbound",
        settle_seconds=CLIENTS * 0.1 / 8,  # eight at a time, as on Flask
    )
    yield Workload(
        "cpu",
        "CPU-bound",
        "A loop in Python of a millisecond or two; nothing waits.",
        "/measured/cpu",
        settle_seconds=0.8,  # eight threads that compute leave Gunicorn little time to accept
    )
    if answers.get("websockets"):
        yield Workload(
            "websocket",
            "WebSocket round trip",
            f"A message to a room and back, over {SOCKETS} sockets, each alone in its room.",
            "/ws/rooms/{number}",
            signed_in=signed_in,
            sockets=True,
        )
    if answers.get("ml"):
        yield Workload(
            "prediction",
            "Prediction",
            "One instance for the model that the project comes with.",
            "/api/v1/predictions",
            {"instances": [_IRIS]},
            signed_in=signed_in,
        )
