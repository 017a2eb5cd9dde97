"""Load on a service, and what came of it; the load comes from h2load."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from scaffold.errors import ScaffoldError

_MICROSECONDS = 1e6
LONG_SECONDS = 30  # without an answer for so long there will be none


@dataclass(frozen=True)
class Sample:
    """One measurement; times in milliseconds."""

    rate: float  # requests per second that succeeded
    p50: float
    p95: float
    p99: float
    peak: float
    failed: int
    others: float = 0  # the share of the service's CPU that other programs had meanwhile
    error: str = ""  # why there is no answer, where that is known


@dataclass(frozen=True)
class Load:
    """How hard and how long a service is asked."""

    clients: int
    warm_up_seconds: float
    seconds: float


def generator() -> str:
    """What h2load calls itself."""
    if not shutil.which("h2load"):
        raise ScaffoldError(
            "h2load, which makes the load, is not installed",
            "install it: apt-get install nghttp2-client, dnf install nghttp2 or brew install nghttp2",
        )
    return _run(["h2load", "--version"]).strip()


def request(url: str, load: Load, headers: Sequence[str], body: Path | None, log: Path) -> Sample:
    """Ask for one URL again and again, each client as soon as it has its answer."""
    command = ["h2load", "--h1", "--threads=1", f"--clients={load.clients}"]
    command += [f"--warm-up-time={_milliseconds(load.warm_up_seconds)}"]
    command += [f"--duration={_milliseconds(load.seconds)}", f"--log-file={log}"]
    _run([*command, *_content(headers, body), url])
    sample = read(log.read_text(encoding="ascii"), load.seconds)
    log.unlink()
    return sample


def until_answered(ask: Callable[[float], Sample], seconds: float) -> Sample:
    """Measure for so many seconds, and for longer where a busy machine answered nothing in them."""
    sample = ask(seconds)
    while not sample.rate and not sample.failed and seconds < LONG_SECONDS:
        seconds *= 4
        sample = ask(seconds)
    return sample


def repeat(url: str, times: int, headers: Sequence[str], body: Path) -> None:
    """Ask for one URL a number of times, one after the other."""
    _run(["h2load", "--h1", f"--requests={times}", *_content(headers, body), url])


def echo(python: Path, script: Path, url: str, load: Load, authorization: Sequence[str]) -> Sample:
    """Send messages over WebSockets, each socket as soon as it has its last one back."""
    address = url.replace("http://", "ws://")
    numbers = (str(load.clients), str(load.warm_up_seconds), str(load.seconds))
    log = _run([str(python), str(script), address, *numbers, *authorization])
    return read(log, load.seconds)


def read(log: str, seconds: float) -> Sample:
    """What a log of h2load says: start (µs), status and duration (µs) of each request in a line."""
    rows = [line.split("\t") for line in log.splitlines()]
    # 0 is the status of an answer that had begun before the measurement did.
    rows = [row for row in rows if row[1] != "0"]
    took = sorted(int(row[2]) for row in rows if row[1].startswith("2"))
    failed = len(rows) - len(took)
    if not took:
        return Sample(0, 0, 0, 0, 0, failed)

    def percentile(share: float) -> float:
        return took[ceil(share * len(took)) - 1] / 1000

    percentiles = (percentile(0.5), percentile(0.95), percentile(0.99))
    return Sample(len(took) / seconds, *percentiles, took[-1] / 1000, failed)


def _content(headers: Sequence[str], body: Path | None) -> list[str]:
    sent = [f"--header={header}" for header in headers]
    if body:
        sent += ["--header=Content-Type: application/json", f"--data={body}"]
    return sent


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f}ms"


def _run(command: list[str]) -> str:
    done = subprocess.run(  # noqa: S603 - a load generator on this machine's own service
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise ScaffoldError(f"{Path(command[0]).name} failed: {lines[-1]}")
    return done.stdout
