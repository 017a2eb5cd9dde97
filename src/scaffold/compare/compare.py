"""`scaffold compare`: the same answers on both frameworks, run in turn and measured."""

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from scaffold.compare import load, machine
from scaffold.compare.cpu_pinning import CpuPinning, choose_cpus
from scaffold.compare.installed_service import DATABASE_SERVER, InstalledService, installed_services
from scaffold.compare.load import Sample
from scaffold.compare.measure import QUICK, Measurements, Schedule, measure
from scaffold.compare.quiet import WantsToWait
from scaffold.compare.results import (
    LATENCIES,
    RATE,
    Comparison,
    Method,
    Metric,
    MetricKind,
    WorkloadResult,
)
from scaffold.compare.workloads import CLIENTS, NOT_COMPARED, Workload, workloads_for
from scaffold.console import Console
from scaffold.errors import InvalidAnswer, ScaffoldError, UsageError
from scaffold.frameworks import FASTAPI, FLASK, NAMES
from scaffold.git.environment import isolate_environment
from scaffold.template import render, resources
from scaffold.template.answers import (
    derived_defaults,
    explain_invalid_answer,
    given_answers,
    parse_pairs,
    reject_hidden,
)
from scaffold.template.flags import answer_options
from scaffold.template.open_template import open_template
from scaffold.template.questions import Answers
from scaffold.template.request import TemplateRequest
from scaffold.template.template import Template

_START = MetricKind("start", "start-up", "ms")
_MEMORY = MetricKind("memory", "memory of a worker", "MiB")
_LINES = MetricKind("lines", "lines of code", "", counted=True)
_PACKAGES = MetricKind("packages", "packages installed", "", counted=True)
_MOST_LEFT_OUT = 0.25  # of the rounds: with fewer left, chance alone could have one ahead in all


def compare_frameworks(
    request: TemplateRequest, schedule: Schedule, console: Console, wants_to_wait: WantsToWait
) -> Comparison:
    """Render, install, run and measure both services; nothing of them stays."""
    generator = load.generator()
    isolate_environment(prompts=False)
    render.preload_copier()
    with open_template(request, console) as source:
        derived = derived_defaults(source.questions, "compare", {})
        given, answers = _answers(request, source, derived)
        check_server(answers)
        workloads = tuple(workloads_for(answers))
        here = machine.describe(console)
        pinning = choose_cpus()
        with installed_services(source, given, derived, console) as services:
            found = measure(
                services, workloads, schedule, pinning, source.workspace, console, wants_to_wait
            )
        return Comparison(
            machine=here,
            method=method_of(schedule, pinning, generator),
            src_path=source.src_path,
            version=source.version,
            answers=answers,
            measured_at=datetime.now(UTC),
            noise=found.noise,
            python=services[FASTAPI].python_version,
            packages={framework: copy.dependencies for framework, copy in services.items()},
            workloads=tuple(workload_result(workload, found) for workload in workloads),
            service=tuple(_service_metrics(services, found)),
            command=_command(source, answers, schedule),
        )


def check_page(path: Path) -> None:
    """Raise an error where the page could not be written."""
    if path.is_dir() or not path.resolve().parent.is_dir():
        raise UsageError(f"cannot write {path}", "--html takes a file in an existing folder")


def write_page(path: Path, comparison: Comparison) -> None:
    """Keep the comparison as a page, in place of what was there."""
    from scaffold.compare.page import page

    try:
        path.write_text(page(comparison), encoding="utf-8", newline="\n")
    except OSError as error:
        raise ScaffoldError(f"cannot write {path}: {error.strerror}") from error


def check_server(answers: Answers) -> None:
    """Raise an error where the services would have no server for their databases."""
    if answers.get("database") in ("postgresql", "mysql") and not os.environ.get(DATABASE_SERVER):
        raise UsageError(
            f"{DATABASE_SERVER} is not set: {answers['database']} needs a server",
            "give a URL whose user may create databases; each service gets one of its own",
        )


def _answers(
    request: TemplateRequest, source: Template, derived: Answers
) -> tuple[Answers, Answers]:
    """The answers that are given, and those that both services have in common."""
    data = parse_pairs(request.data)
    if "framework" in data:
        raise UsageError("--data framework: both frameworks are measured", "leave it out")
    if resources.QUESTION in data:
        raise UsageError("--data resources: items are what is measured", "leave it out")
    given = dict(given_answers(request, source.questions))
    given.pop(resources.QUESTION, None)  # those of a project whose answers are in --data-file
    try:
        resolved = render.resolve(source, "compare", given, derived)
    except InvalidAnswer as error:
        raise explain_invalid_answer(error, request, given) from error
    reject_hidden(request, given, resolved.hidden)
    common = {name: value for name, value in resolved.answers.items() if name not in NOT_COMPARED}
    return given, common


def method_of(schedule: Schedule, pinning: CpuPinning, generator: str) -> Method:
    """How it is measured."""
    return Method(
        rounds=schedule.rounds,
        seconds=schedule.seconds,
        warm_up_seconds=schedule.warm_up_seconds,
        clients=CLIENTS,
        pinned=pinning.apart,
        generator=generator,
    )


def workload_result(workload: Workload, found: Measurements) -> WorkloadResult:
    """What came of the rounds of one workload."""
    rounds = found.samples[workload.name]
    pairs = list(zip(rounds[FASTAPI], rounds[FLASK], strict=True))
    left_out = sum(not all(sample.rate for sample in pair) for pair in pairs)
    enough = left_out <= len(pairs) * _MOST_LEFT_OUT
    others = _others(rounds)

    def metric(kind: MetricKind) -> Metric:
        values = {
            name: [getattr(s, kind.name) for s in samples] for name, samples in rounds.items()
        }
        return kind.metric(values, others)

    return WorkloadResult(
        name=workload.name,
        title=workload.title,
        request=workload.request,
        about=workload.about,
        metrics=tuple(map(metric, (RATE, *LATENCIES))) if enough else (),
        failed={name: sum(s.failed for s in samples) for name, samples in rounds.items()},
        others=others,
        unmeasured="; ".join(
            _unanswered(NAMES[name], samples)
            for name, samples in rounds.items()
            if not all(sample.rate for sample in samples)
        ),
    )


def _others(samples: Mapping[str, Sequence[Sample]]) -> float:
    """What other programs had of the CPU, in most samples of the service that suffered more."""
    return max(median(sample.others for sample in each) for each in samples.values())


def _unanswered(name: str, samples: Sequence[Sample]) -> str:
    """In how many rounds a service answered nothing, and why."""
    without = [sample for sample in samples if not sample.rate]
    failed = sum(sample.failed for sample in without)
    known = next((sample.error for sample in without if sample.error), "")
    why = known or (f"{failed:,} requests failed" if failed else "none came in time")
    return (
        f"{name} answered no request with success in {len(without)} of {len(samples)} rounds: {why}"
    )


def _service_metrics(
    services: Mapping[str, InstalledService], found: Measurements
) -> Iterator[Metric]:
    samples = {
        name: [sample for rounds in found.samples.values() for sample in rounds[name]]
        for name in services
    }
    yield _START.metric(found.start, _others(samples))
    yield _MEMORY.metric(found.memory)
    yield _LINES.metric({name: [copy.code_lines] for name, copy in services.items()})
    yield _PACKAGES.metric({name: [copy.packages] for name, copy in services.items()})


def _command(source: Template, answers: Answers, schedule: Schedule) -> str:
    words = ["scaffold", "compare", *answer_options(source, answers)]
    return shlex.join([*words, "--quick"] if schedule is QUICK else words)
