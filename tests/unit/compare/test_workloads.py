"""Each set of answers has its part of the table of workloads."""

import importlib.util
import json
from typing import Any

import pytest

from scaffold.compare.installed_service import PROBE_ROUTES
from scaffold.compare.workloads import CLIENTS, ORDER, Workload, workloads_for
from scaffold.template.questions import Answers

ALWAYS = ["json", "validation", "outbound", "cpu"]


def names(answers: Answers) -> list[str]:
    return [workload.name for workload in workloads_for(answers)]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, ALWAYS),
        ({"database": "none", "websockets": False, "ml": False}, ALWAYS),
        ({"database": "sqlite"}, ["json", "validation", "read", "write", "outbound", "cpu"]),
        ({"websockets": True}, [*ALWAYS, "websocket"]),
        ({"ml": True}, [*ALWAYS, "prediction"]),
    ],
)
def test_answers_bring_their_workloads(answers: Answers, expected: list[str]) -> None:
    assert names(answers) == expected


@pytest.mark.parametrize("auth", ["none", "jwt"])
def test_who_has_to_sign_in_does(auth: str) -> None:
    answers = {"database": "sqlite", "auth": auth, "websockets": True, "ml": True}
    signed_in = {workload.name for workload in workloads_for(answers) if workload.signed_in}
    protected = {"read", "write", "websocket", "prediction"}
    assert signed_in == (protected if auth == "jwt" else set())


def test_only_the_web_socket_workload_talks_over_sockets() -> None:
    found = list(workloads_for({"websockets": True, "ml": True, "database": "sqlite"}))
    assert [workload.name for workload in found if workload.sockets] == ["websocket"]


@pytest.mark.parametrize(
    ("workload", "text"),
    [
        (Workload("a", "A", "", "/x"), "GET /x"),
        (Workload("a", "A", "", "/x", {"b": 1}), "POST /x"),
        (Workload("a", "A", "", "/ws/{number}", sockets=True), "/ws/{number}"),
    ],
)
def test_a_request_is_shown_in_short(workload: Workload, text: str) -> None:
    assert workload.request == text


def test_slow_calls_have_time_until_every_client_had_its_turn() -> None:
    [outbound] = [workload for workload in workloads_for({}) if workload.name == "outbound"]
    assert outbound.settle_seconds >= CLIENTS * 0.1 / 8


def added_order() -> Any:
    """The module that both services get to check orders with; it needs nothing but Pydantic."""
    spec = importlib.util.spec_from_file_location("added_order", PROBE_ROUTES / "order.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_sent_is_an_order_that_both_services_take() -> None:
    order = added_order().Order.model_validate_json(json.dumps(ORDER))
    assert order.number == 4711
    assert str(order.total) == "1596.00"
    assert len(order.lines) == 20


def test_everything_that_is_sent_is_json() -> None:
    for workload in workloads_for({"database": "sqlite", "ml": True, "websockets": True}):
        assert json.loads(json.dumps(workload.body)) == workload.body
