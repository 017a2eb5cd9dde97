"""`scaffold compare`: the same answers on both frameworks, run in turn and measured."""

import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from scaffold import answers as known
from scaffold import git, project, render, template
from scaffold.advice import FASTAPI
from scaffold.compare import copies, load, machine
from scaffold.compare.copies import SERVER, Copy
from scaffold.compare.cores import choose
from scaffold.compare.measure import QUICK, Measurements, Pace, measure
from scaffold.compare.results import LATENCIES, RATE, Comparison, Kind, Measured, Method, Metric
from scaffold.compare.workloads import CLIENTS, Workload, chosen
from scaffold.console import Console
from scaffold.errors import InvalidAnswer, ScaffoldError, UsageError
from scaffold.project import NOT_COMPARED, Answers, Request, Template

_START = Kind("start", "start-up", "ms")
_MEMORY = Kind("memory", "memory of a worker", "MiB")
_LINES = Kind("lines", "lines of code", "", counted=True)
_PACKAGES = Kind("packages", "packages installed", "", counted=True)


def compare(request: Request, pace: Pace, console: Console) -> Comparison:
    """Render, install, run and measure both services; nothing of them stays."""
    generator = load.generator()
    git.isolate_environment(prompts=False)
    render.warm_up()
    with template.opened(request, console) as source:
        derived = known.derived(source.questions, "compare", {})
        given, answers = _answers(request, source, derived)
        if answers.get("database") in ("postgresql", "mysql") and not os.environ.get(SERVER):
            raise UsageError(
                f"{SERVER} is not set: {answers['database']} needs a server",
                "give a URL whose user may create databases; each service gets one of its own",
            )
        workloads = tuple(chosen(answers))
        here = machine.describe(console)
        cores = choose()
        with copies.made(source, given, derived, console) as made:
            found = measure(made, workloads, pace, cores, source.workspace, console)
        return Comparison(
            machine=here,
            method=Method(
                rounds=pace.rounds,
                seconds=pace.seconds,
                warm_up_seconds=pace.warm_up_seconds,
                clients=CLIENTS,
                pinned=cores.apart,
                generator=generator,
            ),
            src_path=source.src_path,
            version=source.version,
            answers=answers,
            python=made[FASTAPI].python_version,
            packages={framework: copy.named for framework, copy in made.items()},
            workloads=tuple(_measured(workload, found) for workload in workloads),
            service=tuple(_service(made, found)),
            command=_command(source, answers, pace),
        )


def check_page(path: Path) -> None:
    """Refuse a file that could not be written after all the work."""
    if path.is_dir() or not path.resolve().parent.is_dir():
        raise UsageError(f"cannot write {path}", "--html takes a file in an existing folder")


def write_page(path: Path, comparison: Comparison) -> None:
    """Keep the comparison as a page, in place of what was there."""
    from scaffold.compare.page import page

    try:
        path.write_text(page(comparison), encoding="utf-8", newline="\n")
    except OSError as error:
        raise ScaffoldError(f"cannot write {path}: {error.strerror}") from error


def _answers(request: Request, source: Template, derived: Answers) -> tuple[Answers, Answers]:
    """The answers that are given, and those that both services have in common."""
    if "framework" in known.pairs(request.data):
        raise UsageError("--data framework: both frameworks are measured", "leave it out")
    given = known.given(request, source.questions)
    try:
        resolved = render.resolve(source, "compare", given, derived)
    except InvalidAnswer as error:
        raise known.explained(error, request, given) from error
    known.refuse_hidden(request, given, resolved.hidden)
    common = {name: value for name, value in resolved.answers.items() if name not in NOT_COMPARED}
    return given, common


def _measured(workload: Workload, found: Measurements) -> Measured:
    rounds = found.samples[workload.name]
    answered = all(sample.rate for samples in rounds.values() for sample in samples)

    def metric(kind: Kind) -> Metric:
        return kind.metric(
            {name: [getattr(s, kind.name) for s in samples] for name, samples in rounds.items()}
        )

    return Measured(
        name=workload.name,
        title=workload.title,
        request=workload.request,
        about=workload.about,
        metrics=tuple(map(metric, (RATE, *LATENCIES))) if answered else (),
        failed={name: sum(s.failed for s in samples) for name, samples in rounds.items()},
    )


def _service(made: Mapping[str, Copy], found: Measurements) -> Iterator[Metric]:
    yield _START.metric(found.start)
    yield _MEMORY.metric(found.memory)
    yield _LINES.metric({name: [copy.code_lines] for name, copy in made.items()})
    yield _PACKAGES.metric({name: [copy.packages] for name, copy in made.items()})


def _command(source: Template, answers: Answers, pace: Pace) -> str:
    words = ["scaffold", "compare", *project.options(source, answers)]
    return shlex.join([*words, "--quick"] if pace is QUICK else words)
