"""The noise, and the rounds: each starts one service after the other and puts every workload on it."""

import json
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median

from scaffold.compare import load
from scaffold.compare.cpu_pinning import CpuPinning, pinned_to
from scaffold.compare.installed_service import PROBE_ROUTES, InstalledService
from scaffold.compare.load import Load, Sample
from scaffold.compare.noise import Noise, moved, turns
from scaffold.compare.quiet import WantsToWait, await_quiet
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
    probes: int = 5  # of the noise


FULL = Schedule(rounds=9, seconds=2, warm_up_seconds=0.5)
QUICK = Schedule(rounds=7, seconds=0.5, warm_up_seconds=0.2)


@dataclass(frozen=True)
class Measurements:
    """What the rounds gave, in their order, by framework, and the noise before them."""

    noise: Noise

    samples: Mapping[str, Mapping[str, Sequence[Sample]]]  # by workload first
    start: Mapping[str, Sequence[float]]  # milliseconds
    memory: Mapping[str, Sequence[float]]  # MiB


@dataclass(frozen=True)
class _LoadRunner:
    """Puts workloads on a service that runs."""

    running: RunningService
    cpu: int | None  # the one that it is kept on
    schedule: Schedule
    folder: Path  # for what is sent and what is logged
    websockets: Path  # an interpreter that can speak them
    authorization: tuple[str, ...]

    def measure(self, workload: Workload) -> Sample:
        """Measure one workload; where its load cannot be made, the others still can."""
        before = self.running.cpu_use(self.cpu)
        try:
            ask = partial(self._measure_once, workload)
            sample = load.until_answered(ask, self.schedule.seconds)
        except ScaffoldError as error:
            if self.running.has_ended:
                raise
            return Sample(0, 0, 0, 0, 0, 0, error=error.message)
        return replace(sample, others=self.running.cpu_use(self.cpu).others_since(before))

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
    wants_to_wait: WantsToWait,
) -> Measurements:
    """Measure the noise; then run the rounds, in which the services take turns."""
    samples: dict[str, dict[str, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    start: dict[str, list[float]] = defaultdict(list)
    memory: dict[str, list[float]] = defaultdict(list)
    total = schedule.rounds * len(services) * len(workloads)
    python = services[FASTAPI].python
    with pinned_to(pinning.load), slow_service(services[FASTAPI], workspace) as settings:

        @contextmanager
        def loadable(framework: str, schedule: Schedule) -> Iterator[_LoadRunner]:
            copy = services[framework]
            with started_service(copy, pinning, settings) as running:
                signed_in = copy.answers.get("auth") == "jwt"
                authorization = (running.sign_in(),) if signed_in else ()
                yield _LoadRunner(
                    running, pinning.service, schedule, workspace, python, authorization
                )

        with loadable(FASTAPI, QUICK) as load_runner:
            noise = await_quiet(partial(_noise, load_runner, workloads[0]), console, wants_to_wait)
        with console.progress("Measuring", total) as advance:
            for number in range(schedule.rounds):
                for framework in turns(number):
                    advance(f"round {number + 1} of {schedule.rounds}: {NAMES[framework]}")
                    with loadable(framework, schedule) as load_runner:
                        start[framework].append(load_runner.running.start_milliseconds)
                        if number == 0 and services[framework].has_database:
                            load_runner.make_items()
                        for workload in workloads:
                            samples[workload.name][framework].append(load_runner.measure(workload))
                            advance()
                        memory[framework].append(load_runner.running.memory)
    return Measurements(noise, samples, start, memory)


def _noise(load_runner: _LoadRunner, workload: Workload) -> Noise:
    """The same service against itself, a few times in a row."""
    samples = [load_runner.measure(workload) for _ in range(load_runner.schedule.probes)]
    steps = moved([max(sample.rate, 1) for sample in samples])
    return Noise(max(steps), median(sample.others for sample in samples))


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
