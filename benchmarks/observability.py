"""Measures what observability costs a request, beside a service without it and contrib's instrumentation.

    uv run benchmarks/observability.py [ROUNDS]

Needs what serve.py needs, and is set up like it. For each framework six services are
loaded in turns, in alternating order, in each of ROUNDS (9) rounds, and started anew for each, since two
processes of one program can differ by some percent: one without the option, one in which it is off,
one with metrics, one that traces one request in a hundred, one with both, and the one without the option
under OpenTelemetry's contrib instrumentation of the framework and of the database's driver, which also
traces one in a hundred. The figures are processor time of all processes of a service for each request, and
the median of the rounds' ratios to the service without the option.
"""

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import psutil
from serve import DRIVERS, POSTGRESQL, SECONDS, load

from commands import Service, arguments, install, migrated_database, need, new_project, run, service
from scaffold.project.service import free_port

ROUNDS = 9
ROUTE = "/api/v1/items/1"
WITHOUT = "without the option"
CONTRIB = "contrib, traces at 1 %"
SAMPLED = {"OTEL_TRACES_SAMPLER_ARG": "0.01"}
# The newest of each framework's own instrumentation, and of the driver that its project has.
INSTRUMENTED = {"fastapi": ("fastapi", "asyncpg"), "flask": ("flask", "psycopg")}


@dataclass(frozen=True)
class Variant:
    """How a service is started."""

    command: list[str]
    project: Path
    settings: dict[str, str]


class Collector(BaseHTTPRequestHandler):
    """Takes all spans, and forgets them."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


def main() -> None:
    rounds = arguments(__doc__, ROUNDS).rounds
    need("taskset", "wrk")
    with tempfile.TemporaryDirectory() as folder, collector() as endpoint:
        for framework in DRIVERS:
            compare(framework, Path(folder), endpoint, rounds)


@contextmanager
def collector() -> Iterator[str]:
    """The address of a collector of traces in this process."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def compare(framework: str, folder: Path, endpoint: str, rounds: int) -> None:
    """Load all services of a framework in turns and print the table."""
    milliseconds: dict[str, list[float]] = {}
    with ExitStack() as stack:
        services = {
            name: (
                variant,
                stack.enter_context(migrated_database(variant.project, DRIVERS[framework])),
            )
            for name, variant in variants(framework, folder, endpoint).items()
        }
        for number in range(rounds):
            for name in reversed(services) if number % 2 else services:
                variant, database = services[name]
                with running(variant, database) as started:
                    milliseconds.setdefault(name, []).append(cost(started))
    report(framework, milliseconds)


def variants(framework: str, folder: Path, endpoint: str) -> dict[str, Variant]:
    """All ways to start a service of a framework."""
    plain = new_project(framework, folder / "plain", *POSTGRESQL)
    option = new_project(framework, folder / "observed", *POSTGRESQL, "--observability")
    metrics = {"METRICS_PORT": str(free_port())}
    traces = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **SAMPLED}
    both = {"METRICS_PORT": str(free_port()), **traces}

    def generated(project: Path, settings: dict[str, str]) -> Variant:
        return Variant([str(project / ".venv/bin/python"), "-m", "app"], project, settings)

    return {
        WITHOUT: generated(plain, {}),
        "off": generated(option, {}),
        "metrics": generated(option, metrics),
        "traces at 1 %": generated(option, traces),
        "metrics, traces at 1 %": generated(option, both),
        CONTRIB: instrumented(framework, plain, folder, endpoint),
    }


def instrumented(framework: str, project: Path, folder: Path, endpoint: str) -> Variant:
    """The service without the option, in an environment with contrib's packages beside its own."""
    requirements = folder / f"{framework}.txt"
    # Contrib's packages name one version of this one, which need not be the newest.
    without = ("--prune", "opentelemetry-api")
    exported = run("uv", "export", "--quiet", "--no-hashes", "--no-dev", *without, cwd=project)
    requirements.write_text(exported)
    programs = install(
        folder / f"{framework}-contrib",
        project / ".venv/bin/python",
        "--requirements",
        str(requirements),
        "opentelemetry-distro",
        "opentelemetry-exporter-otlp-proto-http",
        *(f"opentelemetry-instrumentation-{name}" for name in INSTRUMENTED[framework]),
    )
    settings = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        **SAMPLED,
    }
    command = [str(programs / "opentelemetry-instrument"), str(programs / "python"), "-m", "app"]
    return Variant(command, project, settings)


def running(variant: Variant, database: str) -> AbstractContextManager[Service]:
    """A service with its database."""
    settings = variant.settings | {"DATABASE_URL": database}
    return service(variant.command, variant.project, free_port(), **settings)


def cost(started: Service) -> float:
    """Milliseconds of processor time that a request took, of those of some seconds."""
    load(started.url, "POST", "/api/v1/items", seconds=1)  # so that there is an item to read
    load(started.url, "GET", ROUTE, seconds=1)
    before = processor_seconds(started.process)
    rate = load(started.url, "GET", ROUTE).rate
    return (processor_seconds(started.process) - before) * 1e3 / (rate * SECONDS)


def processor_seconds(process: int) -> float:
    """What a process and those that it started have used."""
    parent = psutil.Process(process)
    times = [each.cpu_times() for each in (parent, *parent.children(recursive=True))]
    return sum(used.user + used.system for used in times)


def report(framework: str, milliseconds: dict[str, list[float]]) -> None:
    print(f"\n{framework:26} ms of processor time   : without the option")
    for name, found in milliseconds.items():
        ratios = [ours / plain for ours, plain in zip(found, milliseconds[WITHOUT], strict=True)]
        print(f"{name:26} {statistics.median(found):20.3f} {statistics.median(ratios):22.2f}")


if __name__ == "__main__":
    main()
