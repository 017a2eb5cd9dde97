"""`scaffold compare --migrated`: what each route of a service gains that goes from Flask to FastAPI."""

import shlex
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from scaffold.compare import load, machine
from scaffold.compare.compare import check_server, method_of, workload_result
from scaffold.compare.cpu_pinning import choose_cpus
from scaffold.compare.installed_service import (
    InstalledService,
    dependencies_of,
    packages_of,
    settings_of,
    with_databases,
)
from scaffold.compare.measure import QUICK, Schedule, measure
from scaffold.compare.quiet import WantsToWait
from scaffold.compare.results import Comparison
from scaffold.compare.workloads import NOT_COMPARED, Workload
from scaffold.console import Console
from scaffold.errors import UsageError
from scaffold.frameworks import FASTAPI, FLASK, NAMES
from scaffold.git.environment import isolate_environment
from scaffold.migrate.preconditions import check_begun
from scaffold.migrate.routes import Route, list_routes
from scaffold.template import answers_file, render
from scaffold.template.open_template import open_versions
from scaffold.template.questions import Answers
from scaffold.template.template import Template

# A copy has its own database, and the project's environment.
_NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "*.db", "__pycache__")


def compare_migrated(
    project: Path, schedule: Schedule, console: Console, wants_to_wait: WantsToWait
) -> Comparison:
    """Measure each route that both applications have, once as Flask and once as FastAPI answers it."""
    generator = load.generator()
    isolate_environment(prompts=False)
    record = answers_file.read(project)
    check_begun(project)
    check_server(record.answers)
    with console.busy("Reading the routes of both applications"):
        workloads = tuple(workloads_of(list_routes(project, "both"), record.answers))
    if not workloads:
        raise UsageError(
            "Flask and FastAPI have no GET route in common that takes no parameter",
            "`scaffold migrate --status` says which routes FastAPI has",
        )
    render.preload_copier()
    with open_versions(record, record.commit, None, console) as (source, _):
        here = machine.describe(console)
        pinning = choose_cpus()
        copies = {name: _copy(project, name, source, record.answers) for name in NAMES}
        with with_databases(copies) as services:
            found = measure(
                services, workloads, schedule, pinning, source.workspace, console, wants_to_wait
            )
        return Comparison(
            machine=here,
            method=method_of(schedule, pinning, generator),
            src_path=record.src_path,
            version=record.commit,
            answers={k: v for k, v in record.answers.items() if k not in NOT_COMPARED},
            measured_at=datetime.now(UTC),
            noise=found.noise,
            python=services[FASTAPI].python_version,
            packages={name: copy.dependencies for name, copy in services.items()},
            workloads=tuple(workload_result(workload, found) for workload in workloads),
            service=(),  # both are in each process
            command=_command(project, schedule),
        )


def workloads_of(routes: Sequence[Route], answers: Answers) -> Iterator[Workload]:
    """The routes that can be asked again and again, without knowing what to send."""
    for route in routes:
        if route.done and route.method == "GET" and "{" not in route.path:
            yield Workload(
                name=route.path,
                title=route.endpoint,
                about=f"Flask: {route.place}" if route.place else "",
                path=route.path,
                signed_in=answers.get("auth") == "jwt",
            )


def _copy(project: Path, name: str, source: Template, answers: Answers) -> InstalledService:
    """The project in another place, where Flask or FastAPI answers what both have."""
    folder = source.workspace / f"{name}-service"
    shutil.copytree(project, folder, ignore=_NOT_COPIED, symlinks=True)
    (folder / ".venv").symlink_to((project / ".venv").resolve(), target_is_directory=True)
    facts = render.resolve(source, f"{name}-answers", answers, {}).facts
    packages = packages_of(folder)
    old_first = {"OLD_ROUTES": "*" if name == FLASK else ""}
    return InstalledService(
        framework=name,
        folder=folder,
        answers=answers,
        settings=settings_of(facts) | old_first,
        code_lines=0,
        packages=len(packages),
        dependencies=dependencies_of(folder, packages),
    )


def _command(project: Path, schedule: Schedule) -> str:
    words = ["scaffold", "compare", "--migrated", str(project)]
    return shlex.join([*words, "--quick"] if schedule is QUICK else words)
