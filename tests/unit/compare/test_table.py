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
    assert text.splitlines()[0] == "FastAPI 0.121 and Flask 3.1, without any feature"
    assert text.splitlines()[1].startswith("2026-01-31 09:05 UTC, on A Processor, 4 CPUs, ")
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


def test_what_is_within_the_noise_is_level_and_the_noise_is_shown() -> None:
    text = shown(comparison(measured([110, 110, 110], [100, 130, 100])))
    [row] = [line for line in text.splitlines() if "requests per second" in line]
    assert row.endswith("1.10 level, within ±30 %")


def test_a_workload_that_other_programs_disturbed_says_so() -> None:
    text = shown(comparison(replace(measured([200], [100]), others=0.64)))
    assert "  other programs took 64 % of the service's CPU\n" in text
    assert "took" not in shown(comparison(replace(measured([200], [100]), others=0.1)))


def test_a_workload_without_an_answer_is_not_compared_and_the_reason_is_told() -> None:
    empty = replace(measured([200], [100]), metrics=(), unmeasured="Flask answered no request")
    text = shown(comparison(empty))
    assert "  not compared: Flask answered no request\n" in text
    assert "requests per second" not in text


def test_a_workload_of_which_some_rounds_do_not_count_says_so() -> None:
    found = replace(measured([200], [100]), unmeasured="Flask answered no request in 1 of 7 rounds")
    text = shown(comparison(found))
    assert "  not all rounds count: Flask answered no request in 1 of 7 rounds\n" in text
    assert "FastAPI ahead" in text


def test_the_services_are_counted_to_the_last_digit() -> None:
    text = shown(comparison())
    [row] = [line for line in text.splitlines() if "lines of code" in line]
    assert row.split() == ["lines", "of", "code", "100", "80", "1.25", "Flask", "ahead"]


def test_how_it_was_measured_stands_below() -> None:
    found = comparison()
    text = shown(found)
    assert "Medians of 3 rounds of 0.5 s with 64 clients, one worker on a CPU of its own;" in text
    assert "the first round: the same service differs from itself by ±3 %" in " ".join(text.split())
    assert text.splitlines()[-1] == "Load by h2load nghttp2/1.64"
    shared = replace(found, method=replace(found.method, pinned=False))
    assert "one worker on the CPUs that the load used too" in shown(shared)
