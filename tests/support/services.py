"""Running services: started as their image starts them, asked over real sockets."""

import json
import os
import secrets
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from tests.support import environment
from tests.support.starter import COMMAND, Copy, Starter

T = TypeVar("T")

# How long a test waits for what normally takes a moment. It costs nothing while things work, and a
# machine that is busy with other work may be many times slower.
PATIENCE_SECONDS = 120
# Between SIGTERM and the end of listening, the contract says.
DRAIN_SECONDS = 1
POLL_SECONDS = 0.02
# How long a service that starts may take for one answer, before it is asked again.
ASK_SECONDS = 5
# Below those that systems hand to clients: one client's port, closed a minute ago or on any other
# address, would keep a service from binding 0.0.0.0.
PORTS = range(20_000, 32_000)
# Services speak plain HTTP; to load certificates for each client would take longer than a test.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def command(project: Path) -> list[str]:
    """The exec-form CMD of the project's Dockerfile."""
    instructions = (project / "Dockerfile").read_text(encoding="utf-8").splitlines()
    return list(json.loads([i for i in instructions if i.startswith("CMD [")][-1][4:]))


def free_port(host: str = "127.0.0.1") -> int:
    """A port that a service can bind there, and that no client of another test gets meanwhile."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in PORTS:
        # Not one of `random`'s: Hypothesis makes those the same in every process.
        port = secrets.choice(PORTS)
        with suppress(OSError), socket.socket(family) as probe:
            probe.bind((host, port))
            return port
    raise AssertionError(f"no port from {PORTS[0]} to {PORTS[-1]} is free on {host}")


def eventually(condition: Callable[[], bool], seconds: float, message: str) -> None:
    """Return as soon as the condition holds; fail with the message when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(message)
        time.sleep(POLL_SECONDS)


def promptly(act: Callable[[], T], seconds: float) -> T:
    """Return what it returns, once it takes less than these seconds: a busy machine may hold up two of three."""
    for _ in range(3):
        started = time.monotonic()
        done = act()
        if time.monotonic() - started < seconds:
            return done
    raise AssertionError(f"takes more than {seconds} seconds each time")


def listens(process: "subprocess.Popen[bytes]", port: int, log: Path) -> bool:
    """Tell whether a program takes connections yet; fail with its log where it has ended."""
    assert process.poll() is None, log.read_text(encoding="utf-8")
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@dataclass
class Service:
    """A generated service in a process group of its own."""

    project: Path
    folder: Path
    settings: dict[str, str]
    host: str = "127.0.0.1"
    # An access token that is sent unless a test says otherwise; nothing where nobody signs in.
    token: str | None = None
    # What starts it quickly, where Python begins as usual there.
    starter: Starter | None = None
    port: int = field(init=False)
    process: subprocess.Popen[bytes] | Copy = field(init=False)
    client: httpx.Client = field(init=False)
    terminated_at: float = field(init=False, default=0)

    def __enter__(self) -> Self:
        self._launch()
        try:
            eventually(self._alive, PATIENCE_SECONDS, "the service does not answer /livez")
        except AssertionError as error:
            self.__exit__()
            raise AssertionError(f"{error}\n{self.stdout}\n{self.stderr}") from None
        return self

    def _launch(self) -> None:
        self.port = free_port(self.host)
        variables = {"HOST": self.host, "PORT": str(self.port), "WEB_CONCURRENCY": "1"}
        self.process = self._begin(variables | self.settings)
        self.client = self.client_at()
        self.client.auth = self._authorize

    def _begin(self, variables: dict[str, str]) -> subprocess.Popen[bytes] | Copy:
        starter = self.starter
        as_usual = starter and starter.pythonpath == variables.get("PYTHONPATH")
        if starter and as_usual and command(self.project) == COMMAND:
            return starter.start(self.project, variables, self.folder)
        return spawn(self.project, variables, self.folder)

    def __exit__(self, *_: object) -> None:
        self.client.close()
        # At once: only the tests of stopping have the time for a graceful end.
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def stdout(self) -> str:
        return (self.folder / "stdout").read_text(encoding="utf-8")

    @property
    def stderr(self) -> str:
        return (self.folder / "stderr").read_text(encoding="utf-8")

    def log(self) -> list[dict[str, Any]]:
        """Every line of the log so far; each must be a JSON object."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    def log_of(self, request_id: str) -> list[dict[str, Any]]:
        """The lines of one request, as soon as the last of them is there: the one with its status."""
        found: list[dict[str, Any]] = []

        def logged() -> bool:
            # A line that is being written has no end yet.
            lines = self.stdout.splitlines(keepends=True)
            entries = [json.loads(line) for line in lines if line.endswith("\n")]
            found[:] = [entry for entry in entries if entry.get("request_id") == request_id]
            return any("status" in entry for entry in found)

        eventually(logged, PATIENCE_SECONDS, f"no line of the log has the request id {request_id}")
        return found

    def terminate(self) -> None:
        """Ask for a graceful stop, as Docker and Kubernetes do."""
        self.terminated_at = time.monotonic()
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        """The exit status; a negative one is the signal's number."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"the service has not ended after {seconds:.0f} s\n{self.stdout}\n{self.stderr}"
            ) from None

    def processes(self) -> int:
        """How many processes of the service live, the first one included."""
        return sum(map(_lives, self.group()))

    def group(self) -> list[int]:
        """Every process of the service, those that have ended and were not waited for included."""
        return [int(name) for name in os.listdir("/proc") if self._has(name)]

    def _has(self, process: str) -> bool:
        # Asked of each process of the machine, many times: the kernel answers that in a microsecond.
        with suppress(OSError):  # it ended meanwhile
            return process.isdecimal() and os.getpgid(int(process)) == self.process.pid
        return False

    @property
    def credentials(self) -> tuple[str, ...]:
        """The header that signs a bare request in; nothing where nobody has to."""
        return (f"Authorization: Bearer {self.token}",) if self.token else ()

    def client_at(self, address: str | None = None) -> httpx.Client:
        """A client that calls from an address of this machine, and is not signed in."""
        # Whatever HTTP_PROXY says, this machine is asked.
        transport = httpx.HTTPTransport(NO_TLS, local_address=address, trust_env=False)
        return httpx.Client(
            base_url=self.url, timeout=PATIENCE_SECONDS, trust_env=False, transport=transport
        )

    @contextmanager
    def connection(self, address: str | None = None) -> Iterator[socket.socket]:
        """A bare connection, for what an HTTP client is too polite to send."""
        source = (address, 0) if address else None
        target = (self.host, self.port)
        with socket.create_connection(target, PATIENCE_SECONDS, source) as connection:
            yield connection

    def _authorize(self, request: httpx.Request) -> httpx.Request:
        if self.token and "Authorization" not in request.headers:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request

    def _alive(self) -> bool:
        if self.process.poll() is not None:
            if "address already in use" not in (self.stdout + self.stderr).lower():
                raise AssertionError(f"the service ended with {self.process.returncode}")
            # Somebody took the port after it was chosen.
            self.__exit__()
            self._launch()
        try:
            # A bare connection costs a fraction of a request, and is refused a hundred times.
            with self.connection():
                pass
            # Any answer will do: a service of other trusted hosts answers 400. What else has the port
            # may never answer.
            return bool(self.client.get("/livez", timeout=ASK_SECONDS).status_code)
        except (OSError, httpx.TransportError):
            return False


def _lives(process: int) -> bool:
    with suppress(OSError):  # it ended meanwhile
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def spawn(project: Path, settings: dict[str, str], folder: Path) -> subprocess.Popen[bytes]:
    """Start a project's CMD inside its environment; the output goes to files in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
        return subprocess.Popen(  # noqa: S603 - the command of the project under test
            command(project),
            cwd=project,
            env=environment.for_service(str(project / ".venv" / "bin")) | settings,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
