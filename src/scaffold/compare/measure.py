"""The rounds: each starts one service after the other and puts every workload on it."""

import json
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from scaffold.compare import load
from scaffold.compare.cpu_pinning import CpuPinning, pinned_to
from scaffold.compare.installed_service import PROBE_ROUTES, InstalledService
from scaffold.compare.load import Load, Sample
from scaffold.compare.running_service import RunningService, answers_at, started_service
from scaffold.compare.workloads import CLIENTS, ITEM, ITEMS, SOCKETS, Workload
from scaffold.console import Console
from scaffold.deferred_signals import deferred_signals
from scaffold.errors import ScaffoldError
from scaffold.frameworks import FASTAPI, NAMES
from scaffold.project import service

_ITEMS_TO_READ = 100  # more than a page


@dataclass(frozen=True)
class Schedule:
    """How often and how long is measured."""

    rounds: int
    seconds: float
    warm_up_seconds: float


FULL = Schedule(rounds=9, seconds=2, warm_up_seconds=0.5)
QUICK = Schedule(rounds=7, seconds=0.5, warm_up_seconds=0.2)


@dataclass(frozen=True)
class Measurements:
    """What the rounds gave, in their order, by framework."""

    samples: Mapping[str, Mapping[str, Sequence[Sample]]]  # by workload first
    start: Mapping[str, Sequence[float]]  # milliseconds
    memory: Mapping[str, Sequence[float]]  # MiB


@dataclass(frozen=True)
class _LoadRunner:
    """Puts workloads on a service that runs."""

    running: RunningService
    schedule: Schedule
    folder: Path  # for what is sent and what is logged
    websockets: Path  # an interpreter that can speak them
    authorization: tuple[str, ...]

    def measure(self, workload: Workload) -> Sample:
        """Measure one workload."""
        return load.until_answered(partial(self._measure_once, workload), self.schedule.seconds)

    def _measure_once(self, workload: Workload, seconds: float) -> Sample:
        signed_in = self.authorization if workload.signed_in else ()
        clients = SOCKETS if workload.sockets else CLIENTS
        warm_up = self.schedule.warm_up_seconds + workload.settle_seconds
        wanted = Load(clients, warm_up, seconds)
        if workload.sockets:
            script = PROBE_ROUTES / "sockets.py"
            return load.echo(self.websockets, script, self.running.url, wanted, signed_in)
        url = self.running.url + workload.path
        body = self._body(workload.body) if workload.body else None
        return load.request(url, wanted, self._headers(signed_in), body, self.folder / "log")

    def make_items(self) -> None:
        """Write what the workloads read."""
        body = self._body(ITEM)
        load.repeat(
            self.running.url + ITEMS, _ITEMS_TO_READ, self._headers(self.authorization), body
        )

    def _body(self, content: object) -> Path:
        path = self.folder / "body.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    @staticmethod
    def _headers(authorization: Sequence[str]) -> list[str]:
        return [f"Authorization: {value}" for value in authorization]


def measure(
    services: Mapping[str, InstalledService],
    workloads: Sequence[Workload],
    schedule: Schedule,
    pinning: CpuPinning,
    workspace: Path,
    console: Console,
) -> Measurements:
    """Run the rounds, the services in alternating order: what slows the machine meets both."""
    samples: dict[str, dict[str, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    start: dict[str, list[float]] = defaultdict(list)
    memory: dict[str, list[float]] = defaultdict(list)
    total = schedule.rounds * len(services) * len(workloads)
    with (
        pinned_to(pinning.load),
        slow_service(services[FASTAPI], workspace) as settings,
        console.progress("Measuring", total) as advance,
    ):
        for number in range(schedule.rounds):
            for framework in sorted(services, reverse=bool(number % 2)):
                advance(f"round {number + 1} of {schedule.rounds}: {NAMES[framework]}")
                copy = services[framework]
                with started_service(copy, pinning, settings) as running:
                    start[framework].append(running.start_milliseconds)
                    signed_in = copy.answers.get("auth") == "jwt"
                    authorization = (running.sign_in(),) if signed_in else ()
                    load_runner = _LoadRunner(
                        running, schedule, workspace, services[FASTAPI].python, authorization
                    )
                    if number == 0 and copy.has_database:
                        load_runner.make_items()
                    for workload in workloads:
                        samples[workload.name][framework].append(load_runner.measure(workload))
                        advance()
                    memory[framework].append(running.memory)
    return Measurements(samples, start, memory)


@contextmanager
def slow_service(copy: InstalledService, workspace: Path) -> Iterator[Mapping[str, str]]:
    """Run the service that takes 100 ms; the setting that tells where."""
    port = service.free_port()
    command = [
        str(copy.python),
        "-m",
        "uvicorn",
        "--app-dir",
        str(PROBE_ROUTES),
        "slow_service:app",
    ]
    url = f"http://127.0.0.1:{port}"
    process = None
    try:
        with deferred_signals():  # a process that is not known here yet would be left running
            process = subprocess.Popen(  # noqa: S603 - the copy's own interpreter
                [*command, "--port", str(port), "--log-level", "critical"],
                cwd=workspace,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        while not answers_at(url):
            if process.poll() is not None:
                raise ScaffoldError("the service that the outbound calls ask does not start")
            time.sleep(0.05)
        yield {"SLOW_SERVICE_URL": url}
    finally:
        if process:
            process.kill()
            process.wait()
