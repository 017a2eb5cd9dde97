"""Measures the generated services beside bare ones of the same framework: requests a second, p99.

    uv run benchmarks/serve.py [ROUNDS]

Needs Linux with two cores, wrk (Debian: apt-get install wrk) and a PostgreSQL server, by default
the one at postgresql://postgres@127.0.0.1:5432/postgres, else the one in TEST_POSTGRESQL_URL.

Each service has one worker on the first core and a database of its own; the load comes from the
second core. Both run in the generated project's environment, so with the same libraries, and with
the same settings of the server and of the connection pool: what is left between them is what the
generated code does for a request. In each of ROUNDS (9) rounds both are started anew, since two
processes of one program can differ by some percent, and every route is measured on both, one after
the other, in alternating order; the table has the medians, and the median of the rounds' ratios.
"""

import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from commands import (
    LOAD_CORE,
    arguments,
    migrated_database,
    need,
    new_project,
    run,
    service,
)
from scaffold.project.service import free_port

HERE = Path(__file__).parent
ROUNDS = 9
SECONDS = 2
CONNECTIONS = 16
POSTGRESQL = ("--database", "postgresql")
PAGES = ("--pages", "plain")
DRIVERS = {"fastapi": "postgresql+asyncpg", "flask": "postgresql+psycopg"}
# The generated services' own server settings.
BARE = {
    "fastapi": "uvicorn --app-dir {here} --host 127.0.0.1 --port {port} --no-access-log bare_fastapi:app",
    "flask": "gunicorn --pythonpath {here} --bind 127.0.0.1:{port} --workers 1 "
    "--worker-class gthread --threads 8 bare_flask:app",
}
ROUTES = (
    ("GET", "/livez"),
    ("GET", "/api/v1/items/1"),
    ("POST", "/api/v1/items"),
    ("GET", "/items"),  # a page with twenty rows
)


@dataclass(frozen=True)
class Figures:
    rate: float
    p99: float


# By route and kind of service.
Found = dict[str, dict[str, list[Figures]]]


def main() -> None:
    rounds = arguments(__doc__, ROUNDS).rounds
    need("taskset", "wrk")
    with tempfile.TemporaryDirectory() as folder:
        for framework in DRIVERS:
            compare(framework, Path(folder), rounds)


def compare(framework: str, folder: Path, rounds: int) -> None:
    """Load both services of a framework in turns and print the table."""
    project = new_project(framework, folder, *POSTGRESQL, *PAGES)
    generated = [str(project / ".venv/bin/python"), "-m", "app"]
    figures: Found = {f"{method} {path}": {"bare": [], "generated": []} for method, path in ROUTES}
    with (
        migrated_database(project, DRIVERS[framework]) as bare_database,
        migrated_database(project, DRIVERS[framework]) as database,
    ):
        for number in range(rounds):
            port = free_port()
            bare = BARE[framework].format(here=HERE, port=port).split()
            bare[0] = str(project / ".venv/bin" / bare[0])
            with (
                service(bare, project, port, DATABASE_URL=bare_database) as by_hand,
                service(generated, project, free_port(), DATABASE_URL=database) as ours,
            ):
                urls = {"bare": by_hand.url, "generated": ours.url}
                measure(dict(sorted(urls.items(), reverse=bool(number % 2))), figures)
    report(framework, figures)


def measure(urls: dict[str, str], figures: Found) -> None:
    """Add the figures of each route and kind; each is asked for a while before, to warm up."""
    for url in urls.values():
        load(url, "POST", "/api/v1/items")  # so that there are items to read
        for method, path in ROUTES:
            load(url, method, path, seconds=1)
    for method, path in ROUTES:
        for kind, url in urls.items():
            figures[f"{method} {path}"][kind].append(load(url, method, path))


def load(url: str, method: str, path: str, *headers: str, seconds: int = SECONDS) -> Figures:
    """Load a route from the second core for some seconds."""
    wrk = ["wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={seconds}s"]
    wrk += [f"--header={header}" for header in headers]
    script = ["--latency", "--script", str(HERE / "load.lua"), url + path, "--", method]
    output = run("taskset", "--cpu-list", LOAD_CORE, *wrk, *script)
    rate, p99, failed = output.rpartition("figures ")[2].split()
    if int(failed):
        raise SystemExit(f"error: {failed} requests of {method} {path} failed:\n{output}")
    return Figures(float(rate), float(p99))


def report(framework: str, figures: Found) -> None:
    print(f"\n{framework:18} bare: req/s   p99 ms   generated: req/s   p99 ms   generated : bare")
    for route, kinds in figures.items():
        bare, generated = kinds["bare"], kinds["generated"]
        ratio = statistics.median(g.rate / b.rate for b, g in zip(bare, generated, strict=True))
        print(
            f"{route:20} {median_rate(bare):11.0f} {median_p99(bare):8.2f} "
            f"{median_rate(generated):18.0f} {median_p99(generated):8.2f} {ratio:18.2f}"
        )


def median_rate(figures: list[Figures]) -> float:
    return statistics.median(f.rate for f in figures)


def median_p99(figures: list[Figures]) -> float:
    return statistics.median(f.p99 for f in figures)


if __name__ == "__main__":
    main()
