"""Measures the generated WebSockets beside bare ones and Flask-SocketIO: memory, times, fan-out.

    uv run benchmarks/sockets.py [ROUNDS]

Needs Linux with two cores and a Redis server, by default the one at redis://127.0.0.1:6379/0, else
the one in TEST_REDIS_URL. `--fastapi N`, `--flask N` and `--messages N` make a quicker run.

Every service is started anew for each measurement, on the first core; the clients are on the second
one (`sockets_load.py`) and offer no compression. FastAPI's bare peer is served with Uvicorn's
defaults, flask-sock and Flask-SocketIO by one worker of Gunicorn with a thread for each socket. In
each of ROUNDS (3) rounds all are measured, one after the other, in alternating order:

- idle sockets: 5,000 with FastAPI, 500 with Flask; the resident memory of the worker before and
  after they are opened, and GET /livez while they are held, pings included;
- round trip: 20 sockets send 20 messages a second each to rooms of their own;
- fan-out: 50 messages to 500 sockets in one room, half of them in each of two workers that meet in
  Redis. Flask-SocketIO cannot have two workers behind one port: it has two processes there.

The tables have the medians of the rounds, and the median of the rounds' ratios to the bare service
of the same framework. It ends with an error when a generated service loses or doubles a message.
"""

import json
import os
import resource
import statistics
import tempfile
import uuid
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from commands import (
    LOAD_CORE,
    Service,
    arguments,
    install,
    need,
    new_project,
    run,
    service,
)
from scaffold.project.service import free_port

HERE = Path(__file__).parent
ROUNDS = 3
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
PEERS = (
    *("fastapi>=0.165.0", "uvicorn[standard]>=0.54.0"),
    *("flask-sock>=0.7.0", "gunicorn>=27.0.1"),
    *("flask-socketio>=5.7.0", "simple-websocket>=1.1.0", "redis>=8.1.0"),
)
VERSIONS = (
    *("fastapi", "flask", "flask-sock", "flask-socketio", "gunicorn", "python-socketio", "redis"),
    *("simple-websocket", "starlette", "uvicorn", "uvloop", "websockets", "wsproto"),
)
UVICORN = "uvicorn --app-dir {here} --port {port} --no-access-log {app}:app"
GUNICORN = (
    "gunicorn --pythonpath {here} --bind 127.0.0.1:{port} --workers 1 --worker-class gthread "
    "--threads {threads} {app}:app"
)
HTTP_THREADS = 8
ROUND_TRIP_SOCKETS = 20
ROUND_TRIP_SECONDS = 3
FAN_OUT_SOCKETS = 500
FAN_OUT_PAUSE = 0.05


@dataclass(frozen=True)
class Kind:
    """A service that is measured."""

    framework: str
    bare: str
    command: str
    app: str = ""


KINDS = {
    "generated FastAPI": Kind("fastapi", "bare FastAPI", "python -m app"),
    "bare FastAPI": Kind("fastapi", "bare FastAPI", UVICORN, "bare_sockets_fastapi"),
    "generated Flask": Kind("flask", "bare flask-sock", "python -m app"),
    "bare flask-sock": Kind("flask", "bare flask-sock", GUNICORN, "bare_sockets_flask"),
    "Flask-SocketIO": Kind("flask", "bare flask-sock", GUNICORN, "bare_socketio"),
}
GENERATED = [name for name, kind in KINDS.items() if not kind.app]
FANNING_OUT = [*GENERATED, "Flask-SocketIO"]
# With FastAPI so long that the pings are in the times; its server sends the first after 20 seconds.
HOLD_SECONDS = {"fastapi": 24, "flask": 0}

Rounds = list[dict[str, Any]]
Results = dict[str, Rounds]


@dataclass(frozen=True)
class Bench:
    """Where everything is installed."""

    peers: Path
    projects: dict[str, Path]

    def start(self, name: str, stack: ExitStack, sockets: int, **settings: str) -> Service:
        """A service that may hold so many sockets in a worker."""
        kind = KINDS[name]
        port = free_port()
        project = self.projects[kind.framework]
        programs = self.peers if kind.app else project / ".venv/bin"
        threads = sockets + HTTP_THREADS
        values = {"here": HERE, "port": port, "threads": threads, "app": kind.app}
        program, *rest = kind.command.format(**values).split()
        command = [str(programs / program), *rest]
        settings = {"WEBSOCKET_MAX_CONNECTIONS": str(sockets), **settings}
        return stack.enter_context(service(command, project, port, **settings))

    def load(self, name: str, job: str, services: list[Service], **values: object) -> Any:
        """What the clients report of a job."""
        ports = [int(started.url.rpartition(":")[2]) for started in services]
        job_of = {"job": job, "ports": ports, "socketio": name == "Flask-SocketIO", **values}
        clients = [str(self.peers / "python"), str(HERE / "sockets_load.py"), json.dumps(job_of)]
        return json.loads(run("taskset", "--cpu-list", LOAD_CORE, *clients))


def main() -> None:
    options = arguments(__doc__, ROUNDS, fastapi=5000, flask=500, messages=50)
    need("taskset")
    redis.Redis.from_url(REDIS_URL).ping()
    allow_open_files(max(options.fastapi, options.flask) + 200)
    with tempfile.TemporaryDirectory() as folder:
        bench = prepare(Path(folder))
        report_versions(bench, options.rounds)
        idle: Results = {name: [] for name in KINDS}
        trips: Results = {name: [] for name in KINDS}
        fans: Results = {name: [] for name in FANNING_OUT}
        for number in range(options.rounds):
            for name in in_turn(KINDS, number):
                idle[name].append(hold(bench, name, vars(options)[KINDS[name].framework]))
                trips[name].append(talk(bench, name))
            for name in in_turn(FANNING_OUT, number):
                fans[name].append(fan_out(bench, name, options.messages))
    report_idle(idle)
    report_trips(trips)
    report_fans(fans)
    wrong = [name for name in GENERATED if not all(delivered_once(fan) for fan in fans[name])]
    if wrong:
        raise SystemExit(f"error: {' and '.join(wrong)} lost or doubled messages")


def in_turn(names: Iterable[str], number: int) -> list[str]:
    """The names in the order of a round."""
    return list(names)[:: -1 if number % 2 else 1]


def allow_open_files(number: int) -> None:
    """Let this process and what it starts open so many files."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < number:
        raise SystemExit(f"error: {number} open files are needed, and {most} allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def prepare(folder: Path) -> Bench:
    """Generate the projects, and install the peers with the same Python."""
    answers = ("--database", "none", "--websockets")
    projects = {framework: new_project(framework, folder, *answers) for framework in HOLD_SECONDS}
    python = projects["fastapi"] / ".venv/bin/python"
    return Bench(install(folder / "peers", python, *PEERS), projects)


def hold(bench: Bench, name: str, sockets: int) -> dict[str, Any]:
    """Memory, and /livez, with idle sockets."""
    seconds = HOLD_SECONDS[KINDS[name].framework]
    with ExitStack() as stack:
        started = bench.start(name, stack, sockets)
        values = {"sockets": sockets, "seconds": seconds, "process": worker_of(started.process)}
        held = bench.load(name, "hold", [started], **values)
    return {**held, "sockets": sockets, "each": (held["after"] - held["before"]) / sockets}


def worker_of(process: int) -> int:
    """The process that answers: Gunicorn's worker, or the service itself."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return int(children[0]) if children else process


def talk(bench: Bench, name: str) -> dict[str, Any]:
    """Times of messages to a socket's own room."""
    with ExitStack() as stack:
        started = bench.start(name, stack, ROUND_TRIP_SOCKETS)
        values = {"sockets": ROUND_TRIP_SOCKETS, "seconds": ROUND_TRIP_SECONDS}
        return dict(bench.load(name, "talk", [started], **values))


def fan_out(bench: Bench, name: str, messages: int) -> dict[str, Any]:
    """Times of messages to a room in two workers, and how many came."""
    # Each takes half of them: one over is closed, and tries again until the other takes it.
    half = FAN_OUT_SOCKETS // 2
    with ExitStack() as stack:
        if KINDS[name].app:
            services = [bench.start(name, stack, half, REDIS_URL=REDIS_URL) for _ in range(2)]
        else:
            settings = {"REDIS_URL": REDIS_URL, "WEB_CONCURRENCY": "2"}
            services = [bench.start(name, stack, half, **settings)]
        values = {"sockets": FAN_OUT_SOCKETS, "messages": messages, "pause": FAN_OUT_PAUSE}
        return dict(bench.load(name, "fan out", services, room=uuid.uuid4().hex, **values))


def delivered_once(fan: dict[str, Any]) -> bool:
    return fan["delivered"] == fan["expected"] and not fan["doubled"]


def report_versions(bench: Bench, rounds: int) -> None:
    environments = {"bare": bench.peers.parent}
    environments |= {f"generated {name}": at / ".venv" for name, at in bench.projects.items()}
    for name, environment in environments.items():
        frozen = run("uv", "pip", "freeze", "--quiet", "--python", str(environment))
        versions = [line for line in frozen.split() if line.partition("==")[0] in VERSIONS]
        print(f"{name}: {', '.join(versions)}")
    python = run(str(bench.peers / "python"), "--version").strip()
    print(f"{python}, {rounds} rounds", flush=True)


def report_idle(idle: Results) -> None:
    print(
        f"\n{'idle sockets':18} number   MiB before    with   KiB each   it : bare"
        "   /livez p50 ms   p99 ms"
    )
    for name, held in idle.items():
        print(
            f"{name:18} {held[0]['sockets']:6} {median(held, 'before') / 1024:12.1f} "
            f"{median(held, 'after') / 1024:7.1f} {median(held, 'each'):10.1f} "
            f"{ratio(idle, name, 'each'):11.2f} {median(held, 'livez', 0):15.2f} "
            f"{median(held, 'livez', 1):8.2f}"
        )


def report_trips(trips: Results) -> None:
    print(f"\n{'round trip':18} p50 ms   p99 ms   p50, it : bare   p99, it : bare")
    for name, of in trips.items():
        print(
            f"{name:18} {median(of, 'times', 0):6.2f} {median(of, 'times', 1):8.2f} "
            f"{ratio(trips, name, 'times', 0):16.2f} {ratio(trips, name, 'times', 1):16.2f}"
        )


def report_fans(fans: Results) -> None:
    print(
        f"\n{'fan-out':18} delivered        of   doubled   to the last: p50 ms   p99 ms"
        "   to each: p50 ms   p99 ms"
    )
    for name in KINDS:
        if name not in fans:
            print(f"{name:18} {'-':>9} {'-':>9} {'-':>9} {'-':>21} {'-':>8} {'-':>17} {'-':>8}")
            continue
        of = fans[name]
        delivered, expected, doubled = (
            sum(fan[key] for fan in of) for key in ("delivered", "expected", "doubled")
        )
        print(
            f"{name:18} {delivered:9,} {expected:9,} {doubled:9,} "
            f"{median(of, 'last', 0):21.1f} {median(of, 'last', 1):8.1f} "
            f"{median(of, 'each', 0):17.1f} {median(of, 'each', 1):8.1f}"
        )


def median(rounds: Rounds, *keys: str | int) -> float:
    return statistics.median(value(of, *keys) for of in rounds)


def ratio(results: Results, name: str, *keys: str | int) -> float:
    """The median of the rounds' ratios to the bare service."""
    pairs = zip(results[name], results[KINDS[name].bare], strict=True)
    return statistics.median(value(it, *keys) / value(bare, *keys) for it, bare in pairs)


def value(figures: Any, *keys: str | int) -> float:
    for key in keys:
        figures = figures[key]
    return float(figures)


if __name__ == "__main__":
    main()
