"""Both services are measured with the same answers, and nothing is started in vain."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scaffold.compare import compare, load
from scaffold.compare.compare import check_page, compare_frameworks, write_page
from scaffold.compare.installed_service import InstalledService
from scaffold.compare.load import Sample
from scaffold.compare.measure import FULL, QUICK, Measurements, Schedule
from scaffold.compare.noise import Noise
from scaffold.compare.results import Comparison
from scaffold.compare.workloads import Workload
from scaffold.console import Console
from scaffold.errors import ScaffoldError, UsageError
from scaffold.output import text
from scaffold.template.questions import Answers
from scaffold.template.request import TemplateRequest
from scaffold.template.template import Template
from tests.cli.conftest import Repository
from tests.unit.compare.test_results import comparison, measured


class Bench:
    """Stands in for installed copies and their measurement."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.installed: list[Answers] = []
        self.samples: dict[str, list[Sample]] = {
            "fastapi": [Sample(200, 1, 2, 3, 4, 0)] * 2,
            "flask": [Sample(100, 2, 4, 6, 8, 5)] * 2,
        }
        monkeypatch.setattr(load, "generator", lambda: "h2load 1")
        monkeypatch.setattr(compare, "installed_services", self.made)
        monkeypatch.setattr(compare, "measure", self.measure)

    @contextmanager
    def made(
        self, _template: Template, given: Answers, _derived: Answers, _console: Console
    ) -> Iterator[dict[str, InstalledService]]:
        self.installed.append(given)
        (self.folder / ".venv").mkdir(exist_ok=True)
        (self.folder / ".venv" / "pyvenv.cfg").write_text("version_info = 3.11.7\n")
        yield {
            name: InstalledService(name, self.folder, given, {}, lines, 10, {name: "1.0"})
            for name, lines in (("fastapi", 100), ("flask", 120))
        }

    def measure(
        self, _made: object, workloads: tuple[Workload, ...], _pace: Schedule, *_: object
    ) -> Measurements:
        figures = {"fastapi": [10.0, 10.0], "flask": [20.0, 20.0]}
        return Measurements(
            Noise(0.02, 0.01),
            {workload.name: self.samples for workload in workloads},
            figures,
            figures,
        )


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def compared(released: Repository, pace: Schedule = FULL, **asked: Any) -> Comparison:
    request = TemplateRequest("", template=str(released.path), ref="v1.0.0", **asked)
    return compare_frameworks(request, pace, Console(), lambda _: False)


def test_a_comparison_has_the_answers_the_workloads_and_the_services(
    bench: Bench, released: Repository
) -> None:
    found = compared(released, flags={"websockets": True})
    assert found.answers == {"database": "none", "websockets": True}
    assert [workload.name for workload in found.workloads] == [
        "json",
        "validation",
        "outbound",
        "cpu",
        "websocket",
    ]
    first = found.workloads[0]
    assert [metric.name for metric in first.metrics] == ["rate", "p50", "p95", "p99", "peak"]
    assert {metric.verdict for metric in first.metrics} == {"fastapi"}
    assert first.metric("p95").flask.median == 4
    assert first.failed == {"fastapi": 0, "flask": 10}
    service = {metric.name: metric for metric in found.service}
    assert [*service] == ["start", "memory", "lines", "packages"]
    assert service["lines"].fastapi.median == 100
    assert service["packages"].verdict == "same"
    assert found.packages == {"fastapi": {"fastapi": "1.0"}, "flask": {"flask": "1.0"}}
    assert (found.python, found.version) == ("3.11.7", "v1.0.0")
    assert found.method.generator == "h2load 1"
    assert found.method.rounds == FULL.rounds


GOOD, SILENT = Sample(100, 2, 4, 6, 8, 0), Sample(0, 0, 0, 0, 0, 0)
REFUSED, BROKEN = replace(SILENT, failed=7), replace(SILENT, error="h2load failed: no reason given")


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        ([GOOD, REFUSED], "in 1 of 2 rounds: 7 requests failed"),
        ([SILENT, SILENT], "in 2 of 2 rounds: none came in time"),
        ([GOOD, BROKEN], "in 1 of 2 rounds: h2load failed: no reason given"),
    ],
)
def test_a_workload_with_too_few_rounds_says_why_it_is_not_compared(
    bench: Bench, released: Repository, samples: list[Sample], reason: str
) -> None:
    bench.samples["flask"] = samples
    found = compared(released)
    assert not found.is_complete
    assert found.workloads[0].metrics == ()
    assert found.workloads[0].unmeasured == f"Flask answered no request with success {reason}"
    assert found.workloads[0].failed["flask"] == sum(sample.failed for sample in samples)


def test_one_round_of_seven_may_go_without_an_answer(bench: Bench, released: Repository) -> None:
    bench.samples["fastapi"] = [bench.samples["fastapi"][0]] * 7
    bench.samples["flask"] = [GOOD] * 6 + [SILENT]
    found = compared(released)
    assert found.is_complete
    assert found.workloads[0].metric("rate").verdict == "fastapi"
    assert "in 1 of 7 rounds" in found.workloads[0].unmeasured


def test_where_others_had_the_cpu_nobody_is_ahead(bench: Bench, released: Repository) -> None:
    bench.samples["flask"] = [replace(GOOD, others=0.6)] * 2
    found = compared(released)
    rate = found.workloads[0].metric("rate")
    assert rate.verdict == "noise"
    assert rate.noise == pytest.approx(1.5)
    assert found.disturbed == found.workloads
    assert found.workloads[0].others == 0.6
    service = {metric.name: metric for metric in found.service}
    assert (service["start"].verdict, service["memory"].verdict) == ("noise", "fastapi")


def test_a_terminal_sees_tables_and_the_command(
    bench: Bench, released: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    found = compared(released)
    text.comparison(found)
    shown = capsys.readouterr().out
    for said in ("Plain JSON", "Slow outbound call", "requests per second", "FastAPI : Flask"):
        assert said in shown
    assert "Database" not in shown
    assert shown.endswith(f"The same again\n  {found.command}\n")


@pytest.mark.parametrize(("pace", "quick"), [(FULL, False), (QUICK, True)])
def test_the_command_does_it_again(
    bench: Bench, released: Repository, pace: Schedule, quick: bool
) -> None:
    command = compared(released, pace).command
    assert command == (
        f"scaffold compare --database none --no-websockets --template {released.path} "
        f"--ref v1.0.0{' --quick' if quick else ''}"
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"data": ("framework=flask",)}, "--data framework: both frameworks are measured"),
        ({"data": ("resources=[]",)}, "--data resources: items are what is measured"),
        ({"data": ("colour=red",)}, "--data colour: the template does not ask"),
        ({"flags": {"auth": "jwt"}}, "--auth: auth is not asked together"),
        ({"data": ("project_name=a b",)}, "--data project_name: 'a b': Use no"),
    ],
)
def test_what_cannot_be_compared_is_said_before_anything_is_installed(
    bench: Bench, released: Repository, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        compared(released, **asked)
    assert caught.value.message.startswith(message)
    assert bench.installed == []


@pytest.mark.parametrize("place", [".", "missing/page.html", "file/page.html"])
def test_a_page_that_could_not_be_written_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot write") as caught:
        check_page(tmp_path / place)
    assert caught.value.hint == "--html takes a file in an existing folder"


def test_a_page_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("before")
    check_page(file)
    write_page(file, comparison(measured([200], [100])))
    assert file.read_text(encoding="utf-8").lstrip().startswith("<!doctype html>")


def test_a_page_that_cannot_be_written_after_all_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match=r"cannot write .*gone/page.html: No such file"):
        write_page(tmp_path / "gone" / "page.html", comparison(measured([200], [100])))
