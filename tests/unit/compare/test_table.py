"""A comparison in a terminal has a row for each metric, and says how it was measured."""

from dataclasses import replace

from rich.console import Console as Terminal

from scaffold.compare.results import Comparison
from scaffold.compare.table import tables
from tests.unit.compare.test_results import comparison, measured


def shown(found: Comparison) -> str:
    terminal = Terminal(width=120, highlight=False, no_color=True)
    with terminal.capture() as capture:
        for part in tables(found):
            terminal.print(part)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def test_a_workload_has_its_metrics_and_its_verdict() -> None:
    text = shown(comparison(measured([200, 210, 220], [100, 100, 100])))
    assert "\nPlain JSON  GET /livez\n" in text
    [row] = [line for line in text.splitlines() if "requests per second" in line]
    assert "210/s (200 to 220)" in row
    assert "100/s (95.0 to 105)" in row
    assert row.endswith("2.10 FastAPI ahead")
    assert "failed" not in text


def test_failed_requests_are_told_and_only_of_who_failed() -> None:
    text = shown(comparison(measured([200], [100], failed=1234)))
    assert "  1,234 requests of Flask failed\n" in text
    assert "of FastAPI failed" not in text


def test_a_workload_without_an_answer_is_not_compared() -> None:
    empty = replace(measured([200], [100]), metrics=())
    text = shown(comparison(empty))
    assert "not compared: in at least one round no request was answered with success" in text
    assert "requests per second" not in text


def test_the_services_are_counted_to_the_last_digit() -> None:
    text = shown(comparison())
    [row] = [line for line in text.splitlines() if "lines of code" in line]
    assert row.split() == ["lines", "of", "code", "100", "80", "1.25", "Flask", "ahead"]


def test_how_it_was_measured_stands_below() -> None:
    found = comparison()
    text = shown(found)
    assert "Medians of 3 rounds of 0.5 s with 64 clients, one worker on a CPU of its own;" in text
    assert text.splitlines()[-1] == (
        "A Processor, 4 CPUs, Linux 6.8, Python 3.11.7, h2load nghttp2/1.64"
    )
    shared = replace(found, method=replace(found.method, pinned=False))
    assert "one worker on the CPUs that the load used too" in shown(shared)
