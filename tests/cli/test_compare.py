"""`scaffold compare`: both services of the real template, run and measured."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scaffold.compare import load
from scaffold.compare.installed_service import PROBE_ROUTES
from scaffold.compare.results import MetricKind, figure
from tests.cli.conftest import Cli
from tests.support import databases, environment
from tests.support import projects as support
from tests.support.missing import give_up
from tests.support.projects import Projects
from tests.support.services import eventually

# One after the other: two at once would wait for each other's CPUs.
one_at_a_time = pytest.mark.xdist_group("compare")
RATE = MetricKind("rate", "requests per second", "/s", more_is_better=True)
P50 = MetricKind("p50", "median response", "ms")
LINES = MetricKind("lines", "lines of code", "", counted=True)
FRAMEWORKS = ("fastapi", "flask")
# The tool, whose quick rounds are one, and so short that the figures mean nothing.
HURRIED = """
from scaffold.cli.main import main
from scaffold.compare.measure import QUICK

hurried = {"rounds": 1, "seconds": 0.3, "warm_up_seconds": 0.1, "probes": 2}
for name, value in hurried.items():
    object.__setattr__(QUICK, name, value)
main()
"""
EVERYTHING = ("--database=postgresql", "--auth=jwt", "--websockets", "--ml")


@pytest.fixture(autouse=True)
def h2load() -> None:
    """Everything here is asked for by it."""
    if not shutil.which("h2load"):
        give_up("h2load is not installed")


def start(*command: str, folder: Path, **variables: str) -> subprocess.Popen[str]:
    """Start Python where the tool and the index of packages are as they are on this machine."""
    folder.mkdir(exist_ok=True)
    return subprocess.Popen(  # noqa: S603 - the tool itself
        [sys.executable, *command],
        cwd=folder,
        env=environment.for_tools() | {"TMPDIR": str(folder)} | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def server_or_skip() -> str:
    """The URL of a PostgreSQL that answers."""
    with databases.fresh_database("postgresql", Path()):
        return databases.server("postgresql").geturl()


def left_behind() -> set[str]:
    """The databases of comparisons that are still on the server; also those of another run."""
    with databases.postgresql(databases.server("postgresql")) as connection:
        rows = connection.execute("SELECT datname FROM pg_database").fetchall()
    return {str(name) for (name,) in rows if str(name).startswith("scaffold_compare_")}


@one_at_a_time
def test_every_workload_is_measured_on_both_services(projects: Projects, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    variables = {"SCAFFOLD_TEMPLATE": str(projects.template()), "DATABASE_URL": server_or_skip()}
    before = left_behind()
    command = ("-c", HURRIED, "compare", "--quick", *EVERYTHING, "--html=page.html", "--json")
    code, out, err = finish(start(*command, folder=folder, **variables))
    assert code == 0, err
    assert "round 1 of 1: FastAPI" in err
    found = json.loads(out)
    workloads = {workload["name"]: workload for workload in found["workloads"]}
    assert list(workloads) == [
        *("json", "validation", "read", "write", "outbound", "cpu", "websocket", "prediction")
    ]
    assert found["noise"]["itself"] >= 0
    for workload in workloads.values():
        assert workload["unmeasured"] == ""
        assert workload["failed"] == {"fastapi": 0, "flask": 0}, workload
        measured = {metric["name"]: metric for metric in workload["metrics"]}
        assert list(measured) == ["rate", "p50", "p95", "p99", "peak"]
        for framework in FRAMEWORKS:
            times = [measured[name][framework]["median"] for name in list(measured)[1:]]
            assert times == sorted(times)
            assert measured["rate"][framework]["median"] > 0
    for framework in FRAMEWORKS:
        service = {metric["name"]: metric[framework]["median"] for metric in found["service"]}
        assert 100 < service["start"] < 60_000  # milliseconds
        assert 20 < service["memory"] < 1_000  # MiB
        assert 1_000 < service["lines"] < 10_000
        assert 20 < service["packages"] < 100
        assert found["packages"][framework]["sqlalchemy"]
    # What waits 100 ms for its answer takes longer, on any machine.
    outbound = {metric["name"]: metric for metric in workloads["outbound"]["metrics"]}
    assert all(outbound["p50"][framework]["median"] > 100 for framework in FRAMEWORKS)
    assert "Slow outbound call" in (folder / "page.html").read_text(encoding="utf-8")
    assert not list(folder.glob("scaffold-*"))
    assert left_behind() <= before


@one_at_a_time
def test_an_interrupted_comparison_leaves_nothing_behind(
    projects: Projects, tmp_path: Path
) -> None:
    folder = tmp_path / "here"
    variables = {"SCAFFOLD_TEMPLATE": str(projects.template()), "DATABASE_URL": server_or_skip()}
    before = left_behind()
    options = ("--database", "postgresql")
    process = start("-m", "scaffold", "compare", *options, folder=folder, **variables)
    assert process.stderr is not None
    for line in process.stderr:
        if "Measuring the noise" in line:
            break
    assert left_behind() > before
    os.kill(process.pid, signal.SIGINT)
    code, out, err = finish(process)
    assert (code, out) == (130, ""), err
    assert "Traceback" not in err
    eventually(lambda: not running_in(folder), 30, "a service outlived the comparison")
    assert not list(folder.glob("scaffold-*"))
    assert left_behind() <= before


def running_in(folder: Path) -> list[str]:
    """The commands of processes whose program lies in a folder."""
    commands = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode().replace("\0", " ")
        except OSError:  # it ended meanwhile
            continue
        if str(folder) in command:
            commands.append(command)
    return commands


@pytest.mark.parametrize(
    ("options", "variables", "message", "hint"),
    [
        (["--database", "postgresql"], {}, "DATABASE_URL is not set", "may create databases"),
        (
            ["--database", "postgres"],
            {},
            "--database: 'postgres' is not one of",
            "did you mean postgresql?",
        ),
        (["--database", "none", "--auth", "jwt"], {}, "--database: 'none': ", "leave sign-in out"),
        (["--data", "framework=flask"], {}, "both frameworks are measured", "leave it out"),
        (["--html", "no/such/page.html"], {}, "cannot write no/such/page.html", "existing folder"),
        ([], {"PATH": ""}, "h2load, which makes the load, is not installed", "nghttp2"),
    ],
)
def test_what_cannot_be_compared_is_said_before_anything_is_installed(
    bare_cli: Cli,
    projects: Projects,
    options: list[str],
    variables: dict[str, str],
    message: str,
    hint: str,
) -> None:
    bare_cli.env["SCAFFOLD_TEMPLATE"] = str(projects.template())
    bare_cli.env.pop("DATABASE_URL", None)
    ran = bare_cli.run("compare", *options, **variables)
    assert (ran.code in (1, 2), ran.out) == (True, "")
    assert ran.err.startswith("error: ")
    assert message in ran.err
    assert hint in ran.err


# What the tool says of such a line is tested with the module that calls this program.
def test_a_server_that_does_not_answer_is_one_line_without_the_password(projects: Projects) -> None:
    project = projects.project("flask", "postgresql")
    done = subprocess.run(  # noqa: S603 - a program of the tool
        [project / ".venv/bin/python", PROBE_ROUTES / "execute.py", "CREATE DATABASE x"],
        cwd=project,
        env=environment.for_tools()
        | {
            "DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:1/x",
            "PYTHONPATH": str(project),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "connection failed" in line
    assert "secret" not in line


def test_without_the_packages_there_is_one_clear_message(bare_cli: Cli, projects: Projects) -> None:
    bare_cli.env["SCAFFOLD_TEMPLATE"] = str(projects.template())
    ran = bare_cli.run("compare", "--quick")  # its cache of packages is empty, and uv is offline
    assert ran.code == 1
    assert "error: " in ran.err
    assert not list(Path(bare_cli.env["TMPDIR"]).glob("scaffold-*"))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_probe_routes_are_typed_as_strictly_as_the_service(
    framework: str, projects: Projects, tmp_path: Path
) -> None:
    project = support.copy(projects.project(framework, "sqlite"), tmp_path / "project")
    added = {"order.py": "order.py", f"{framework}_routes.py": "probe_routes.py"}
    for name, place in added.items():
        shutil.copy(PROBE_ROUTES / name, project / "app" / place)
    mypy = str(project / ".venv" / "bin" / "mypy")
    cache = projects.mypy_cache(framework, tmp_path / "mypy-cache")
    changed = [f"app/{place}" for place in added.values()]
    support.run(mypy, *changed, folder=project, MYPY_CACHE_DIR=str(cache))


LOG = "1000\t200\t{}\n"


def test_a_log_gives_the_rate_and_the_percentiles() -> None:
    log = "".join(LOG.format(milliseconds * 1000) for milliseconds in range(100, 0, -1))
    sample = load.read(log, seconds=2)
    assert (sample.rate, sample.failed) == (50, 0)
    assert (sample.p50, sample.p95, sample.p99, sample.peak) == (50, 95, 99, 100)


def test_what_failed_counts_for_nothing_but_itself() -> None:
    sample = load.read("1\t200\t1000\n1\t503\t9000\n1\t-1\t9000\n1\t0\t9000\n", seconds=1)
    assert (sample.rate, sample.peak, sample.failed) == (1, 1, 2)


def test_a_service_that_answers_nothing_has_a_rate_of_zero() -> None:
    assert load.read("", seconds=1).rate == 0


def test_who_was_too_slow_to_answer_at_all_is_asked_for_longer() -> None:
    asked: list[float] = []

    def ask(seconds: float) -> load.Sample:
        asked.append(seconds)
        return load.read("1\t200\t1000\n" if seconds > 3 else "", seconds)

    assert load.until_answered(ask, 0.5).rate == 1 / 8
    assert asked == [0.5, 2, 8]


def test_who_refuses_or_never_answers_is_not_asked_for_ever() -> None:
    asked: list[float] = []

    def refuse(seconds: float) -> load.Sample:
        asked.append(seconds)
        return load.read("1\t503\t1000\n", seconds)

    assert load.until_answered(refuse, 0.5).failed == 1
    assert asked == [0.5]
    asked.clear()

    def keep_silent(seconds: float) -> load.Sample:
        asked.append(seconds)
        return load.read("", seconds)

    assert load.until_answered(keep_silent, 2).rate == 0
    assert asked == [2, 8, 32]


def test_a_figure_is_the_median_between_the_lowest_and_the_highest_round() -> None:
    found = figure([3.0, 9.0, 1.0, 2.0, 4.0])
    assert (found.median, found.low, found.high) == (3, 1, 9)


@pytest.mark.parametrize(
    ("kind", "fastapi", "flask", "verdict"),
    [
        (RATE, [200, 220, 210], [100, 110, 105], "fastapi"),
        (RATE, [100, 110, 105], [200, 220, 210], "flask"),
        (P50, [200, 220, 210], [100, 110, 105], "flask"),
        (RATE, [100, 220, 210], [110, 110, 105], "noise"),  # one round says otherwise
        (P50, [100, 100, 100], [100, 100, 100], "noise"),
        (RATE, [104, 104, 104], [100, 100, 100], "noise"),  # every round, but by too little
        (LINES, [400], [400], "same"),
        (LINES, [400], [399], "flask"),
    ],
)
def test_a_framework_is_ahead_only_where_every_round_says_so(
    kind: MetricKind, fastapi: list[float], flask: list[float], verdict: str
) -> None:
    metric = kind.metric({"fastapi": fastapi, "flask": flask})
    assert metric.verdict == verdict


def test_a_figure_is_never_surer_than_the_machine() -> None:
    found = figure([100.0, 101.0, 99.0])
    assert (found.median, found.low, found.high) == (100, 95, 105)


def test_the_ratio_is_that_of_the_rounds_one_by_one() -> None:
    """A machine that slows down for both changes no ratio."""
    metric = RATE.metric({"fastapi": [200, 140, 180], "flask": [100, 70, 90]})
    assert metric.ratio == figure([2, 2, 2])
    assert metric.verdict == "fastapi"
