"""Rounds start one service after the other, and put every workload on each."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from scaffold.compare import load
from scaffold.compare.cpu_pinning import CpuPinning
from scaffold.compare.cpu_use import CpuUse
from scaffold.compare.installed_service import PROBE_ROUTES, InstalledService
from scaffold.compare.load import Load, Sample
from scaffold.compare.measure import FULL, QUICK, Measurements, Schedule, measure, slow_service
from scaffold.compare.noise import Noise
from scaffold.compare.running_service import answers_at
from scaffold.compare.workloads import CLIENTS, ITEM, SOCKETS, Workload
from scaffold.console import Console
from scaffold.errors import ScaffoldError

# In its package the function of the same name hides the module.
MODULE = importlib.import_module("scaffold.compare.measure")
PACE = Schedule(rounds=3, seconds=0.5, warm_up_seconds=0.2)
PLAIN = Workload("json", "Plain JSON", "", "/livez")
POST = Workload("write", "Write", "", "/items", {"a": 1}, signed_in=True, settle_seconds=0.4)
TALK = Workload("websocket", "Talk", "", "/ws", signed_in=True, sockets=True)


class Bench:
    """Stands in for services and for h2load; notes in which order they were used."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.bodies: list[Any] = []
        self.weight = 100.0
        self.seconds = 0.0
        self.has_ended = False
        self.before: list[tuple[Any, ...]] = []
        self.url = ""
        self.start_milliseconds = 12.0
        monkeypatch.setattr(MODULE, "started_service", self.started)
        monkeypatch.setattr(MODULE, "slow_service", self.slow_service)
        monkeypatch.setattr(MODULE, "await_quiet", self.await_quiet)
        monkeypatch.setattr(load, "request", self.request)
        monkeypatch.setattr(load, "repeat", self.repeat)
        monkeypatch.setattr(load, "echo", self.echo)

    def await_quiet(self, measure: Callable[[], Noise], *_: object) -> Noise:
        """Measure the noise, and forget how."""
        noise = measure()
        self.before = list(self.calls)
        self.calls.clear()
        self.bodies.clear()
        return noise

    @contextmanager
    def slow_service(self, copy: InstalledService, _workspace: Path) -> Iterator[Mapping[str, str]]:
        assert copy.framework == "fastapi"
        yield {"SLOW_SERVICE_URL": "http://slow"}

    @contextmanager
    def started(
        self, copy: InstalledService, _cores: CpuPinning, others: Mapping[str, str]
    ) -> Iterator["Bench"]:
        assert others == {"SLOW_SERVICE_URL": "http://slow"}
        self.calls.append(("start", copy.framework))
        self.url = f"http://{copy.framework}"
        yield self

    def cpu_use(self, cpu: int | None) -> CpuUse:
        """Others have a quarter of the time."""
        assert cpu == 3
        self.seconds += 4
        return CpuUse(self.seconds, self.seconds / 4, 0)

    @property
    def memory(self) -> float:
        self.weight += 1
        return self.weight

    def sign_in(self) -> str:
        self.calls.append(("sign in",))
        return "Bearer t"

    def request(
        self, url: str, pace: Load, headers: Sequence[str], body: Path | None, log: Path
    ) -> Sample:
        self.calls.append(("request", url, pace, tuple(headers)))
        self.bodies.append(body and json.loads(body.read_text()))
        return Sample(len(self.calls), 0, 0, 0, 0, 0)

    def repeat(self, url: str, times: int, headers: Sequence[str], body: Path) -> None:
        self.calls.append(("repeat", url, times, tuple(headers)))
        assert json.loads(body.read_text()) == ITEM

    def echo(
        self, python: Path, script: Path, url: str, pace: Load, authorization: Sequence[str]
    ) -> Sample:
        self.calls.append(("talk", url, pace, tuple(authorization)))
        assert script == PROBE_ROUTES / "sockets.py"
        assert "fastapi" in python.parts
        return Sample(1, 0, 0, 0, 0, 0)

    def of(self, kind: str) -> list[tuple[Any, ...]]:
        return [call[1:] for call in self.calls if call[0] == kind]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def measured(folder: Path, *workloads: Workload, rounds: int = 3, **answers: Any) -> Measurements:
    made = {
        name: InstalledService(name, folder / name, answers, {}, 0, 0, {})
        for name in ("fastapi", "flask")
    }
    pace = Schedule(rounds, PACE.seconds, PACE.warm_up_seconds)
    return measure(made, workloads, pace, CpuPinning(3, None), folder, Console(), lambda _: False)


def test_the_services_take_turns_in_being_first(bench: Bench, tmp_path: Path) -> None:
    found = measured(tmp_path, PLAIN)
    assert bench.of("start") == [
        ("fastapi",),
        ("flask",),
        ("flask",),
        ("fastapi",),
        ("fastapi",),
        ("flask",),
    ]
    assert {name: len(samples) for name, samples in found.samples["json"].items()} == {
        "fastapi": 3,
        "flask": 3,
    }
    assert found.start == {"fastapi": [12.0] * 3, "flask": [12.0] * 3}
    assert found.memory == {"fastapi": [101, 104, 105], "flask": [102, 103, 106]}


def test_the_noise_is_that_of_one_service_a_few_times_in_a_row(
    bench: Bench, tmp_path: Path
) -> None:
    found = measured(tmp_path, PLAIN, POST)
    assert bench.before[0] == ("start", "fastapi")
    assert [call[1] for call in bench.before[1:]] == ["http://fastapi/livez"] * QUICK.probes
    assert found.noise == Noise(0.5, 0.25)  # from 2 to 3; the later steps are shorter


def test_others_on_the_cpu_of_the_service_are_noted(bench: Bench, tmp_path: Path) -> None:
    found = measured(tmp_path, PLAIN)
    assert {sample.others for sample in found.samples["json"]["flask"]} == {0.25}


def test_a_load_that_fails_costs_its_workload_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object) -> Sample:
        raise ScaffoldError("python failed: no socket")

    monkeypatch.setattr(load, "echo", fail)
    found = measured(tmp_path, TALK, PLAIN, auth="jwt")
    assert {s.error for s in found.samples["websocket"]["flask"]} == {"python failed: no socket"}
    assert all(sample.rate for sample in found.samples["json"]["flask"])
    bench.has_ended = True
    with pytest.raises(ScaffoldError, match="no socket"):
        measured(tmp_path, PLAIN, TALK, auth="jwt")


def test_samples_belong_to_the_service_that_gave_them(bench: Bench, tmp_path: Path) -> None:
    found = measured(tmp_path, PLAIN, rounds=2)
    assert [sample.rate for sample in found.samples["json"]["fastapi"]] == [2, 8]
    assert [sample.rate for sample in found.samples["json"]["flask"]] == [4, 6]


def test_each_workload_is_asked_in_its_way(bench: Bench, tmp_path: Path) -> None:
    measured(tmp_path, PLAIN, POST, TALK, rounds=1, auth="jwt")
    assert bench.of("request")[:2] == [
        ("http://fastapi/livez", Load(CLIENTS, 0.2, 0.5), ()),
        (
            "http://fastapi/items",
            Load(CLIENTS, 0.2 + 0.4, 0.5),
            ("Authorization: Bearer t",),
        ),
    ]
    assert bench.bodies[:2] == [None, {"a": 1}]
    assert bench.of("talk")[0] == ("http://fastapi", Load(SOCKETS, 0.2, 0.5), ("Bearer t",))
    assert len(bench.of("sign in")) == 2


def test_without_sign_in_nobody_signs_in(bench: Bench, tmp_path: Path) -> None:
    measured(tmp_path, PLAIN, rounds=1, auth="none")
    assert bench.of("sign in") == []


@pytest.mark.parametrize(("database", "times"), [("sqlite", 2), ("none", 0)])
def test_items_are_written_once_for_each_service_that_keeps_them(
    bench: Bench, tmp_path: Path, database: str, times: int
) -> None:
    measured(tmp_path, PLAIN, database=database)
    assert bench.of("repeat") == [
        (f"http://{name}/api/v1/items", 100, ()) for name in ("fastapi", "flask")[:times]
    ]


def test_a_quick_comparison_is_shorter_and_still_says_something() -> None:
    assert QUICK.rounds * QUICK.seconds < FULL.rounds * FULL.seconds
    assert QUICK.rounds >= 7


def python(folder: Path, program: str) -> InstalledService:
    """A copy whose interpreter is this program."""
    path = folder / ".venv" / "bin" / "python"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!{sys.executable}\n{program}\n")
    path.chmod(0o755)
    return InstalledService("fastapi", folder, {}, {}, 0, 0, {})


SERVE = """
import http.server, sys
assert sys.argv[1:3] == ["-m", "uvicorn"] and "slow_service:app" in sys.argv, sys.argv
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_): pass
port = int(sys.argv[sys.argv.index("--port") + 1])
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


def test_the_slow_service_runs_for_as_long_as_it_is_asked(tmp_path: Path) -> None:
    with slow_service(python(tmp_path, SERVE), tmp_path) as settings:
        [url] = settings.values()
        assert settings == {"SLOW_SERVICE_URL": url}
        assert answers_at(url)
    assert not answers_at(url)


def test_a_slow_service_that_does_not_start_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(ScaffoldError, match="that the outbound calls ask does not start"),
        slow_service(python(tmp_path, "raise SystemExit(1)"), tmp_path),
    ):
        pass
