"""A difference counts only where it is more than noise."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scaffold.compare.noise import Noise
from scaffold.compare.results import (
    LATENCIES,
    NOISE,
    RATE,
    SAME,
    Comparison,
    Figure,
    Machine,
    Method,
    MetricKind,
    WorkloadResult,
    figure,
)

P50 = LATENCIES[0]
LINES = MetricKind("lines", "lines of code", "", counted=True)


def comparison(*workloads: WorkloadResult) -> Comparison:
    """What was found, on some machine."""
    return Comparison(
        machine=Machine("Linux 6.8", "A Processor", 4, 8 * 2**30, 0.4),
        method=Method(3, 0.5, 0.2, 64, True, "h2load nghttp2/1.64"),
        src_path="https://x.y/t.git",
        version="v1.2.0",
        answers={"database": "none"},
        measured_at=datetime(2026, 1, 31, 9, 5, tzinfo=UTC),
        noise=Noise(0.03, 0.01),
        python="3.11.7",
        packages={"fastapi": {"fastapi": "0.121"}, "flask": {"flask": "3.1"}},
        workloads=workloads,
        service=(LINES.metric({"fastapi": [100], "flask": [80]}),),
        command="scaffold compare",
    )


def measured(fastapi: Sequence[float], flask: Sequence[float], failed: int = 0) -> WorkloadResult:
    """A workload of which only the rate was measured."""
    return WorkloadResult(
        "json",
        "Plain JSON",
        "GET /livez",
        "The shortest.",
        (RATE.metric({"fastapi": fastapi, "flask": flask}),),
        {"fastapi": 0, "flask": failed},
    )


def test_a_figure_is_the_median_between_the_lowest_and_the_highest() -> None:
    assert figure([80, 100, 130]) == Figure(100, 80, 130)
    assert figure([130, 80, 100, 90]) == Figure(95, 80, 130)


def test_a_figure_is_never_surer_than_five_per_cent() -> None:
    assert figure([100, 100, 100]) == Figure(100, 95, 105)
    assert figure([100]) == Figure(100, 95, 105)
    assert figure([99, 100, 120]) == Figure(100, 95, 120)
    assert figure([7, 7], least=0) == Figure(7, 7, 7)


@pytest.mark.parametrize(
    ("kind", "fastapi", "flask", "verdict"),
    [
        (RATE, [200, 210, 190], [100, 100, 100], "fastapi"),
        (RATE, [100, 100, 100], [200, 210, 190], "flask"),
        (P50, [200, 210, 190], [100, 100, 100], "flask"),
        (P50, [100, 100, 100], [200, 210, 190], "fastapi"),
        (RATE, [104, 104, 104], [100, 100, 100], NOISE),
        (RATE, [106, 106, 106], [100, 100, 100], "fastapi"),
        (RATE, [150, 150, 99], [100, 100, 100], NOISE),
        (RATE, [150, 150, 100], [100, 100, 100], NOISE),
        (LINES, [100, 100], [100, 100], SAME),
        (LINES, [101], [100], "flask"),
        (LINES, [99], [100], "fastapi"),
    ],
)
def test_one_is_ahead_where_every_round_says_so_by_more_than_the_noise(
    kind: MetricKind, fastapi: list[float], flask: list[float], verdict: str
) -> None:
    assert kind.metric({"fastapi": fastapi, "flask": flask}).verdict == verdict


def test_the_ratio_is_that_of_the_rounds_one_by_one() -> None:
    metric = RATE.metric({"fastapi": [100, 400, 300], "flask": [100, 200, 100]})
    assert metric.ratio == Figure(2, 1, 3)
    assert metric.fastapi.median == 300
    assert metric.flask == Figure(100, 95, 200)


def test_rounds_that_do_not_match_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="shorter"):
        RATE.metric({"fastapi": [1, 2], "flask": [1]})


def test_a_round_in_which_one_has_no_answer_does_not_count() -> None:
    metric = RATE.metric({"fastapi": [200, 0, 300], "flask": [100, 100, 100]})
    assert metric == RATE.metric({"fastapi": [200, 300], "flask": [100, 100]})


def test_what_is_counted_has_no_noise() -> None:
    assert LINES.metric({"fastapi": [100], "flask": [80]}).noise == 0


def test_a_comparison_is_complete_where_every_workload_has_figures() -> None:
    found = measured([2], [1])
    assert comparison(found).is_complete
    assert not comparison(found, replace(found, metrics=())).is_complete


def test_a_metric_is_found_by_its_name() -> None:
    assert measured([2], [1]).metric("rate").title == "requests per second"
    with pytest.raises(StopIteration):
        measured([2], [1]).metric("p50")
