"""The page of a comparison says everything it shows, and needs nothing but itself."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from scaffold.compare.charts import amounts, ratios, times
from scaffold.compare.noise import Noise
from scaffold.compare.page import page
from scaffold.compare.results import (
    LATENCIES,
    RATE,
    Comparison,
    Figure,
    Machine,
    Method,
    Metric,
    MetricKind,
    WorkloadResult,
)
from scaffold.template.questions import Answers

START = MetricKind("start", "start-up", "ms")
MEMORY = MetricKind("memory", "memory of a worker", "MiB")
LINES = MetricKind("lines", "lines of code", "", counted=True)
PACKAGES = MetricKind("packages", "packages installed", "", counted=True)
ANSWERS = {"database": "postgresql", "auth": "jwt", "ml": True}
VOID = {"meta", "line", "circle", "rect", "path", "br", "link"}


def measured(kind: MetricKind, fastapi: float, flask: float, spread: float = 0.01) -> Metric:
    """Five rounds around each value; where one is slow the other is fast."""
    steps = [spread * step for step in (0.0, 0.4, -1.0, 1.0, -0.4)]
    return kind.metric(
        {
            "fastapi": [fastapi * (1 + step) for step in steps],
            "flask": [flask * (1 - step) for step in steps],
        }
    )


def counted(kind: MetricKind, fastapi: float, flask: float) -> Metric:
    return measured(kind, fastapi, flask, spread=0)


def workload(
    title: str = "Plain JSON",
    rates: tuple[float, float] = (12_345, 6_000),
    milliseconds: Sequence[tuple[float, float]] = ((5, 10), (7, 15), (9, 30), (20, 60)),
    spread: float = 0.01,
    failed: Mapping[str, int] | None = None,
) -> WorkloadResult:
    """A workload with all of its metrics."""
    latencies = [
        measured(kind, *values, spread)
        for kind, values in zip(LATENCIES, milliseconds, strict=True)
    ]
    return WorkloadResult(
        title.lower().replace(" ", "-"),
        title,
        "GET /livez",
        f"What {title} is about.",
        (measured(RATE, *rates, spread), *latencies),
        failed or {},
    )


def comparison(
    *workloads: WorkloadResult,
    service: Sequence[Metric] = (),
    answers: Answers = ANSWERS,
    command: str = "scaffold compare --database postgresql",
    pinned: bool = True,
) -> Comparison:
    return Comparison(
        machine=Machine("Linux 6.8", "A Processor 3.1 GHz", 2, 8 * 2**30, 0.41),
        method=Method(5, 10, 2, 64, pinned, "h2load nghttp2/1.64.0"),
        src_path="https://git.example.com/scaffold.git",
        version="v1.2.0",
        answers=answers,
        measured_at=datetime(2026, 1, 31, 9, 5, tzinfo=UTC),
        noise=Noise(0.03, 0.01),
        python="3.11.7",
        packages={
            "fastapi": {"fastapi": "0.121.0", "uvicorn": "0.38.0"},
            "flask": {"flask": "3.1.2", "gunicorn": "23.0.0"},
        },
        workloads=workloads or (workload(),),
        service=tuple(service),
        command=command,
    )


class Reader(HTMLParser):
    """The texts and attributes of a page, whose elements have to be closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """What is read, with plain spaces."""
        return re.sub(r"\s+", " ", " ".join(self.texts)).replace(" ,", ",")

    def given(self, *names: str) -> Iterator[str]:
        """The values of these attributes."""
        return (value for name, value in self.attributes if name in names)


def rows(html: str) -> list[list[str]]:
    """The cells of all tables, with plain spaces."""
    html = re.sub(r'<span class="label".*?</span>', "", html)
    return [
        [
            " ".join(re.sub("<.*?>", " ", cell).split())
            for cell in re.findall("<t[hd].*?</t[hd]>", row, re.DOTALL)
        ]
        for row in re.findall("<tr.*?</tr>", html, re.DOTALL)
    ]


def text(*workloads: WorkloadResult, service: Sequence[Metric] = ()) -> str:
    return Reader(page(comparison(*workloads, service=service))).text


RICH = comparison(
    workload(),
    workload("Database read", rates=(500, 505), spread=0.05),
    workload("Slow outbound call", (601, 78.8), [(104, 812), (118, 830), (131, 840), (2, 910)]),
    workload("CPU-bound", (211, 240), failed={"fastapi": 0, "flask": 1214}),
    service=(
        measured(START, 1340, 910),
        measured(MEMORY, 92.4, 81.7),
        counted(LINES, 2412, 2588),
        counted(PACKAGES, 41, 41),
    ),
)


def test_the_page_asks_nothing_of_a_network() -> None:
    html = page(RICH)
    reader = Reader(html)
    assert "<script" not in html
    assert "url(" not in html
    assert "@import" not in html
    assert {*reader.given("src", "href")} == {f"#{each.name}" for each in RICH.workloads}


def test_every_link_leads_to_a_section() -> None:
    reader = Reader(page(RICH))
    assert {value[1:] for value in reader.given("href")} <= {*reader.given("id")}


def test_answers_and_texts_are_escaped() -> None:
    html = page(
        comparison(
            workload("<b>JSON</b>"),
            answers={"database": "<i>", "auth": "&"},
            command="scaffold compare --data 'x=<script>'",
        )
    )
    read = Reader(html).text
    assert "<script" not in html
    assert "FastAPI 0.121.0 and Flask 3.1.2, with <i> and &" in read
    assert "<b>JSON</b>" in read
    assert "--data 'x=<script>'" in read


def test_every_workload_and_every_figure_is_there_as_text() -> None:
    html = page(RICH)
    for each in RICH.workloads:
        assert each.about in html
        assert each.request in html
    found = rows(html)
    assert found[1:6] == [
        [
            "requests per second",
            "12 300/s (11 700 to 13 000)",
            "6 000/s (5 700 to 6 300)",
            "2.06 (1.95 to 2.16)",
            "FastAPI ahead (noise ±5 %)",
        ],
        [
            "median response",
            "5.00 ms (4.75 to 5.25)",
            "10.0 ms (9.50 to 10.5)",
            "0.500 (0.475 to 0.525)",
            "FastAPI ahead (noise ±5 %)",
        ],
        [
            "95th percentile",
            "7.00 ms (6.65 to 7.35)",
            "15.0 ms (14.2 to 15.8)",
            "0.467 (0.443 to 0.490)",
            "FastAPI ahead (noise ±5 %)",
        ],
        [
            "99th percentile",
            "9.00 ms (8.55 to 9.45)",
            "30.0 ms (28.5 to 31.5)",
            "0.300 (0.285 to 0.315)",
            "FastAPI ahead (noise ±5 %)",
        ],
        [
            "slowest response",
            "20.0 ms (19.0 to 21.0)",
            "60.0 ms (57.0 to 63.0)",
            "0.333 (0.317 to 0.350)",
            "FastAPI ahead (noise ±5 %)",
        ],
    ]
    metrics = [metric for each in RICH.workloads for metric in each.metrics]
    titles = [row[0] for row in found if row[0] != "Property"]
    assert titles == [metric.title for metric in (*metrics, *RICH.service)]


def test_what_was_counted_is_exact_and_has_no_spread() -> None:
    assert rows(page(RICH))[-2:] == [
        ["lines of code", "2 412", "2 588", "0.932", "FastAPI ahead"],
        ["packages installed", "41", "41", "1", "the same"],
    ]


def test_every_chart_says_what_it_shows() -> None:
    html = page(RICH)
    assert html.count('role="img"') == html.count("<title>") - 1
    assert "<title>FastAPI, start-up: 1\u202f340\u00a0ms (1\u202f270 to 1\u202f410)</title>" in html
    assert "<title>Flask, packages installed: 41</title>" in html


def test_how_it_was_measured_is_said() -> None:
    read = Reader(page(RICH)).text
    for fact in (
        "scaffold compare --database postgresql",
        "https://git.example.com/scaffold.git, v1.2.0",
        "A Processor 3.1 GHz, 2 CPUs, 8.00 GiB of memory, Linux 6.8; load average 0.41",
        "3.11.7",
        "fastapi 0.121.0, uvicorn 0.38.0",
        "10 s, after 2 s of warm-up",
        "64 at a time",
        "One worker, on a CPU of its own",
        "h2load nghttp2/1.64.0",
        "database=postgresql, auth=jwt, ml=true",
    ):
        assert fact in read


def test_cpus_that_were_shared_are_said_to_be() -> None:
    assert "on the CPUs that the load used too" in Reader(page(comparison(pinned=False))).text


@pytest.mark.parametrize(("rounds", "probability"), [(7, "93 %"), (9, "97 %")])
def test_how_often_a_figure_repeats_follows_from_the_rounds(rounds: int, probability: str) -> None:
    measured_so = replace(RICH, method=replace(RICH.method, rounds=rounds))
    assert f"{rounds} rounds more lies between the two with a probability of {probability}" in (
        Reader(page(measured_so)).text
    )


def test_the_summary_names_who_is_ahead_and_by_how_much() -> None:
    read = Reader(page(RICH)).text
    assert (
        "FastAPI answers more requests per second in Slow outbound call (7.63 times as many) and "
        "Plain JSON (2.06). Flask answers more requests per second in CPU-bound (1.14 times as many, "
        "with failed requests)."
    ) in read
    assert re.search(
        r"In Database read \(±\d+ %\) the two are level: the difference in requests", read
    )
    assert (
        "FastAPI is ahead in lines of code; Flask is ahead in start-up and memory of a worker; "
        "the two are equal in packages installed."
    ) in read


def test_the_summary_says_where_more_requests_do_not_mean_sooner_responses() -> None:
    slow = [(5, 10), (7, 15), (90, 30), (200, 60)]
    assert "in Plain JSON Flask is ahead in 99th percentile and slowest response." in text(
        workload(milliseconds=slow)
    )
    assert "sooner" not in text(workload())


def test_a_difference_within_the_noise_is_never_called_ahead() -> None:
    same = [(5.0, 5.01)] * 4
    read = text(workload(rates=(500, 501), milliseconds=same, spread=0.05))
    figures = read[: read.index("How to read it")]
    assert figures.count("level, within") >= 6
    assert not re.search(r"(FastAPI|Flask) (is )?ahead", figures)
    assert "answers more requests per second" not in figures


def test_a_difference_beyond_the_noise_is_never_called_noise() -> None:
    read = text(workload())
    assert "within the noise" not in read[: read.index("How to read it")]


def test_equal_counts_are_the_same_and_not_noise() -> None:
    read = text(service=[counted(PACKAGES, 41, 41)])
    assert "the same" in read
    assert "within the noise" not in read[: read.index("How to read it")]


def test_failed_requests_are_said_at_the_top_in_the_overview_and_in_their_section() -> None:
    read = text(workload(failed={"fastapi": 0, "flask": 1214}))
    assert read.index("Plain JSON: FastAPI 0, Flask 1 214") < read.index("At a glance")
    assert "FastAPI ahead, with failed requests" in read
    assert "Failed requests: FastAPI 0, Flask 1 214. Read these figures with care." in read


def test_no_failure_is_spoken_of_where_there_is_none() -> None:
    read = text(workload(failed={"fastapi": 0, "flask": 0}))
    assert "Failed requests" not in read[: read.index("How to read it")]


def test_a_workload_that_nothing_was_answered_to_has_no_figures() -> None:
    reason = "Flask answered no request with success in 5 of 5 rounds: 512 requests failed"
    unanswered = replace(
        workload("Prediction", failed={"flask": 512}), metrics=(), unmeasured=reason
    )
    read = text(workload(), unanswered)
    assert f"Prediction: FastAPI 0, Flask 512; not compared: {reason}" in read
    alone = text(unanswered)
    assert "At a glance" not in alone
    assert "Failed requests" in alone


def test_numbers_have_three_significant_digits_and_no_exponent() -> None:
    values = [(0.004, 12.34), (0.0999, 99.96), (1.005, 100.4), (20, 1_234_567)]
    read = text(workload(rates=(1_000_000, 0.5), milliseconds=values))
    for number in (
        "1 000 000/s",
        "0.500/s",
        "0.00400 ms",
        "12.3 ms",
        "0.0999 ms",
        "100 ms",
        "1 230 000 ms",
    ):
        assert number in read
    assert not re.search(r"\de[+-]?\d|\binf\b|\bnan\b", read)


def test_every_mark_stands_within_its_chart() -> None:
    huge = workload("Huge", (1e6, 0.004), [(0.004, 1e6)] * 4, spread=0.9)
    positions = [
        float(value[:-1])
        for value in Reader(page(comparison(huge, *RICH.workloads))).given("x", "x1", "x2", "cx")
        if value.endswith("%")
    ]
    assert positions
    assert min(positions) >= 0
    assert max(positions) <= 100


def test_response_times_far_apart_stand_on_a_logarithmic_axis() -> None:
    far = workload(milliseconds=[(1, 30)] * 4)
    assert "(logarithmic axis)" in text(far)
    assert "(logarithmic axis)" not in text(workload())


def test_twice_and_half_stand_equally_far_from_the_middle() -> None:
    axis = ratios([measured(RATE, 200, 100), measured(RATE, 100, 300)])
    assert axis.at(1) == 50
    assert axis.at(2) - 50 == pytest.approx(50 - axis.at(0.5), abs=0.02)
    assert {0.5, 1, 2} <= {*axis.ticks}


def test_bars_start_at_nothing() -> None:
    axis = amounts(measured(RATE, 200, 100))
    assert axis.at(0) == 0
    assert axis.at(200) == pytest.approx(2 * axis.at(100), abs=0.02)


def test_a_whisker_far_beyond_the_medians_is_cut_off() -> None:
    metric = replace(measured(RATE, 200, 100), flask=Figure(100, 50, 9_000))
    mark = amounts(metric).mark(metric.flask)
    assert mark.cut_end
    assert not mark.cut_start
    assert mark.end == 100


@pytest.mark.parametrize("factor", [1, 3, 19, 21, 40, 150, 999, 1e5, 1e9])
@pytest.mark.parametrize("size", [0.004, 0.7, 1, 9.99, 250, 1e6])
def test_every_axis_has_two_to_seven_round_ticks(size: float, factor: float) -> None:
    metric = measured(START, size, size * factor)
    for axis in (amounts(metric), times([metric])):
        assert 2 <= len(axis.ticks) <= 7
        assert all(tick == pytest.approx(float(f"{tick:.1e}")) for tick in axis.ticks)
        assert all(axis.low <= tick <= axis.high for tick in axis.ticks)
    around = ratios([metric]).ticks
    assert 3 <= len(around) <= 9
    assert 1 in around
