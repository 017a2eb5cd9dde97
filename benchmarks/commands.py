"""What the benchmarks share: their argument, the commands they run and the services they start."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import psycopg

SERVER_CORE, LOAD_CORE = "0", "1"
POSTGRESQL_SERVER = urlsplit(
    os.environ.get("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
)
# The slowest start imports for long on one core.
START_SECONDS, STOP_SECONDS = 60, 10


@dataclass(frozen=True)
class Service:
    """A service that runs."""

    url: str
    process: int


def arguments(description: str | None, rounds: int, **numbers: int) -> argparse.Namespace:
    """The argument that every benchmark has, and options for these numbers."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("rounds", metavar="ROUNDS", nargs="?", type=int, default=rounds)
    for name, number in numbers.items():
        parser.add_argument(f"--{name}", metavar="N", type=int, default=number)
    given = parser.parse_args()
    if given.rounds < 2:
        parser.error("ROUNDS must be at least 2")
    return given


def need(*tools: str) -> None:
    """End where a tool is not installed."""
    for tool in tools:
        if not shutil.which(tool):
            raise SystemExit(f"error: {tool} is not installed")


def run(
    *command: str, cwd: Path | str | None = None, environment: Mapping[str, str] | None = None
) -> str:
    """Return what a command prints; end with it when the command fails."""
    inherited = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(  # noqa: S603 - commands of the benchmarks themselves
        command,
        check=False,
        cwd=cwd,
        env=inherited if environment is None else environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def install(environment: Path, python: Path | str, *requirements: str) -> Path:
    """Install packages in a new environment; the folder of its programs."""
    run("uv", "venv", "--quiet", "--python", str(python), str(environment))
    inside = ("--python", str(environment / "bin" / "python"))
    # Compiled, so that no first import is in the times.
    run("uv", "pip", "install", "--quiet", "--compile-bytecode", *inside, *requirements)
    return environment / "bin"


def new_project(framework: str, folder: Path, *answers: str) -> Path:
    """A generated and installed project."""
    project = folder / f"{framework}-service"
    answers = ("--framework", framework, *answers)
    run(sys.executable, "-m", "scaffold", "new", str(project), "--yes", "--no-git", *answers)
    return project


@contextmanager
def migrated_database(project: Path, scheme: str = "postgresql") -> Iterator[str]:
    """The URL of a new database with the tables of a project, dropped in the end."""
    name = f"scaffold_benchmark_test_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(POSTGRESQL_SERVER.geturl(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            url = POSTGRESQL_SERVER._replace(scheme=scheme, path=f"/{name}").geturl()
            settings = os.environ | {"DATABASE_URL": url}
            run("uv", "run", "poe", "migrate", cwd=project, environment=settings)
            yield url
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def service(
    command: list[str], cwd: Path, port: int, ready: str = "/livez", **settings: str
) -> Iterator[Service]:
    """A service on the first core, with these settings; they may ask for more than one worker."""
    settings = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "PATH": os.environ["PATH"],
        **settings,
    }
    # A file, because the log of a real service is read too.
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603 - commands of the benchmarks themselves
            ["taskset", "--cpu-list", SERVER_CORE, *command],  # noqa: S607
            cwd=cwd,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(url + ready)
            yield Service(url, process.pid)
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            # Not every server ends its children; one of them that spins would be in later figures.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urlopen(url, timeout=2):  # noqa: S310 - an address of this machine
                return
        except (URLError, OSError):
            if time.monotonic() > deadline:
                raise SystemExit(f"error: nothing answers at {url}") from None
            time.sleep(0.05)
