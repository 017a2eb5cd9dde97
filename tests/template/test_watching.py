"""The dashboard and the alerts of a service: Grafana knows what is in the one, Prometheus in the other."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from tests.support import forms, questions
from tests.support.combinations import TYPED, Combination
from tests.support.promtool import promtool

WATCHED = [c for c in TYPED if c.observability]
METRIC_OF_CALLS = "http_client_request_duration_seconds"

every_watched = pytest.mark.parametrize("combination", WATCHED, ids=str)


def rendered(combination: Combination, name: str) -> str:
    """A file in `deploy/`."""
    template = (forms.SHARED / "deploy" / f"{name}.jinja").read_text(encoding="utf-8")
    answers = questions.TEXTS | dict(combination.given)
    return str(questions.environment().from_string(template).render(_answers=answers))


def unknown(content: Any, understood: Any, place: str = "") -> list[str]:
    """What is not as Grafana reads it, and where: a name that it does not know, or a value."""
    if isinstance(content, dict) and isinstance(understood, dict):
        return [
            line
            for name, value in content.items()
            for line in unknown(value, understood.get(name), f"{place}/{name}")
        ]
    if isinstance(content, list) and isinstance(understood, list):
        pairs = enumerate(zip(content, understood, strict=True))
        return [line for number, (a, b) in pairs for line in unknown(a, b, f"{place}/{number}")]
    return [] if content == understood else [place]


def read_as_grafana(content: dict[str, Any]) -> Any:
    """What is left of a dashboard once Grafana's own types have read it."""
    register_default_plugins()
    return json.loads(JSONEncoder().encode(Dashboard.from_json(content)))


@every_watched
def test_grafana_knows_all_that_is_in_the_dashboard(combination: Combination) -> None:
    content = json.loads(rendered(combination, "dashboard.json"))
    assert unknown(content, read_as_grafana(content)) == []


def test_a_name_that_grafana_does_not_know_is_found() -> None:
    content = json.loads(rendered(WATCHED[0], "dashboard.json"))
    content["panels"][0]["targets"][0]["legend"] = "workers"
    content["panels"][1]["fieldConfig"]["defaults"]["minimum"] = 0
    assert unknown(content, read_as_grafana(content)) == [
        "/panels/0/targets/0/legend",
        "/panels/1/fieldConfig/defaults/minimum",
    ]


@every_watched
def test_no_two_panels_have_one_place_or_one_number(combination: Combination) -> None:
    panels = json.loads(rendered(combination, "dashboard.json"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for one, other in combinations((panel["gridPos"] for panel in panels), 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below


@every_watched
def test_prometheus_takes_the_alerts(combination: Combination, tmp_path: Path) -> None:
    file = tmp_path / "alerts.yaml"
    file.write_text(rendered(combination, "alerts.yaml"), encoding="utf-8")
    assert "rules found" in promtool("check", "rules", str(file))


@every_watched
def test_calls_are_watched_where_there_are_some(combination: Combination) -> None:
    for name in ("dashboard.json", "alerts.yaml"):
        assert (METRIC_OF_CALLS in rendered(combination, name)) == combination.outbound
