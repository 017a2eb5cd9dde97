"""The page says in words what stands out, and needs nothing but itself."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from scaffold.compare.page import page
from scaffold.compare.results import LATENCIES, RATE, MetricKind, WorkloadResult
from tests.unit.compare.test_results import comparison

LINES = MetricKind("lines", "lines of code", "", counted=True)
MEMORY = MetricKind("memory", "memory of a worker", "MiB")


def workload(
    title: str,
    fastapi: float,
    flask: float,
    times: Sequence[tuple[float, float]] = (),
    failed: int = 0,
) -> WorkloadResult:
    """A workload whose rounds did not differ."""
    pairs = times or [(10, 10)] * 4
    latencies = [
        kind.metric({"fastapi": [ours], "flask": [theirs]})
        for kind, (ours, theirs) in zip(LATENCIES, pairs, strict=True)
    ]
    rate = RATE.metric({"fastapi": [fastapi], "flask": [flask]})
    failures = {"fastapi": 0, "flask": failed}
    return WorkloadResult(title.lower(), title, "GET /x", "About it.", (rate, *latencies), failures)


def text(*workloads: WorkloadResult, **change: object) -> str:
    """What is read on the page, with plain spaces."""
    html = page(replace(comparison(*workloads), **change))  # type: ignore[arg-type]
    html = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", "", html))


def test_who_answers_more_is_named_with_the_greatest_lead_first() -> None:
    read = text(workload("Small", 150, 100), workload("Great", 400, 100), workload("Other", 1, 3))
    assert (
        "FastAPI answers more requests per second in Great (4.00 times as many) and Small (1.50)."
        in read
    )
    assert "Flask answers more requests per second in Other (3.00 times as many)." in read
    assert "What counts depends on what the service will do." in read


def test_three_are_listed_with_commas() -> None:
    read = text(*(workload(name, 200, 100) for name in ("A", "B", "C")))
    assert "in A (2.00 times as many), B (2.00) and C (2.00)." in read


def test_what_is_within_the_noise_is_called_level() -> None:
    read = text(workload("Even", 101, 100))
    assert "In Even (±5 %) the two are level: the difference in requests per second is" in read
    assert "answers more requests" not in read
    assert read.count("level, within ±5 %") >= 2  # at a glance, and in the table


def test_who_is_ahead_is_so_by_more_than_the_noise_that_stands_beside() -> None:
    assert "FastAPI ahead (noise ±5 %)" in text(workload("Great", 400, 100))


def test_the_noise_is_drawn_around_a_ratio_of_one() -> None:
    html = page(comparison(workload("Even", 101, 100)))
    assert html.count('<rect class="band"') == 1
    [(start, width)] = re.findall(r'class="band" x="([\d.]+)%" y="0" width="([\d.]+)%"', html)
    assert float(start) + float(width) / 2 == pytest.approx(50, abs=0.1)


def test_the_head_says_when_and_where_it_was_measured() -> None:
    read = text()
    assert read.startswith(
        " FastAPI 0.121 and Flask 3.1, without any feature: 2026-01-31 09:05 UTC"
    )
    assert "the same service differs from itself by ±3 %" in read


def test_a_workload_that_other_programs_disturbed_says_so() -> None:
    busy = replace(workload("Busy", 200, 100), others=0.64)
    assert "Other programs took 64 % of the service's CPU, hence the noise." in text(busy)
    assert "Other programs took" not in text(workload("Quiet", 200, 100))


def test_why_a_workload_is_not_compared_is_said_twice() -> None:
    reason = "Flask answered no request with success in 7 of 7 rounds: none came in time"
    read = text(replace(workload("Gone", 1, 1), metrics=(), unmeasured=reason), workload("A", 2, 1))
    assert read.count(f"not compared: {reason}") == 2
    some = text(replace(workload("Gone", 2, 1), unmeasured=reason))
    assert some.count(f"not all rounds count: {reason}") == 2


def test_failures_are_told_where_the_lead_is_told() -> None:
    read = text(workload("Broken", 200, 100, failed=12_345))
    assert "Broken (2.00 times as many, with failed requests)" in read
    assert "FastAPI 0, Flask 12 345" in read


def test_where_more_requests_are_not_sooner_responses_is_told() -> None:
    slow = workload("Mixed", 200, 100, [(20, 10), (10, 10), (30, 10), (1, 2)])
    assert (
        "More requests do not always mean sooner responses: in Mixed Flask is ahead in "
        "median response and 99th percentile."
    ) in text(slow)


def test_the_services_themselves_are_compared() -> None:
    service = (
        LINES.metric({"fastapi": [100], "flask": [100]}),
        MEMORY.metric({"fastapi": [100], "flask": [50]}),
        replace(MEMORY, title="start-up").metric({"fastapi": [100], "flask": [101]}),
    )
    assert (
        "Of the services themselves: Flask is ahead in memory of a worker; "
        "the difference in start-up is within the noise; the two are equal in lines of code."
    ) in text(service=service)


def test_what_comes_from_elsewhere_is_escaped() -> None:
    html = page(replace(comparison(workload("<b>x</b>", 2, 1)), command="a <script> & b"))
    assert "<b>x</b>" not in html
    assert "a &lt;script&gt; &amp; b" in html


def test_nothing_is_fetched() -> None:
    html = page(comparison(workload("A", 2, 1)))
    assert "<script" not in html
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", html)
    assert "default-src 'none'" in html


def test_the_same_comparison_is_the_same_page() -> None:
    found = comparison(workload("A", 2, 1))
    assert page(found) == page(found)
