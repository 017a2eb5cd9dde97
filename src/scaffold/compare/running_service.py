"""A copy that runs: started on a CPU of its own, timed, weighed, stopped."""

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import psutil

from scaffold.compare.cpu_pinning import CpuPinning, pinned_to
from scaffold.compare.cpu_use import CpuUse, cpu_use
from scaffold.compare.installed_service import InstalledService
from scaffold.errors import ScaffoldError
from scaffold.frameworks import NAMES
from scaffold.project import service

_START_SECONDS = 60
_POLL_SECONDS = 0.002
_MEBIBYTE = 2**20
_USER = {"email": "compare@example.org", "password": "measured, then thrown away"}
_open = build_opener(ProxyHandler({})).open  # whatever HTTP_PROXY says, this machine is asked


@dataclass(frozen=True)
class RunningService:
    """A service that answers."""

    url: str
    process: int
    start_milliseconds: float

    @property
    def memory(self) -> float:
        """What its worker holds, in MiB; a process that only watches over it does not count."""
        workers = [process for process in self._processes() if not process.children()]
        return float(max(process.memory_info().rss for process in workers) / _MEBIBYTE)

    @property
    def has_ended(self) -> bool:
        """Its process is gone, or waits for somebody to notice that."""
        try:
            return psutil.Process(self.process).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    def cpu_use(self, cpu: int | None) -> CpuUse:
        """What the CPU that it is kept on has done so far, for it and for others."""
        return cpu_use(cpu, self._processes())

    def stop(self) -> None:
        """End it at once: a graceful end takes a second, and no request is under way."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):  # a worker ends by itself without its parent
                process.kill()

    def _processes(self) -> list[psutil.Process]:
        first = psutil.Process(self.process)
        return [first, *first.children(recursive=True)]

    def sign_in(self) -> str:
        """An Authorization header's value; the user is registered the first time."""
        try:
            self._post("/api/v1/auth/register", json.dumps(_USER), "application/json")
        except HTTPError as error:
            if error.code != 409:
                raise
        form = urlencode({"username": _USER["email"], "password": _USER["password"]})
        pair = self._post("/api/v1/auth/token", form, "application/x-www-form-urlencoded")
        return f"Bearer {pair['access_token']}"

    def _post(self, path: str, body: str, kind: str) -> dict[str, str]:
        request = Request(self.url + path, body.encode(), {"Content-Type": kind})  # noqa: S310
        with _open(request, timeout=_START_SECONDS) as response:
            answer: dict[str, str] = json.load(response)
        return answer


@contextmanager
def started_service(
    copy: InstalledService, pinning: CpuPinning, others: Mapping[str, str]
) -> Iterator[RunningService]:
    """The service with one worker, as its Dockerfile starts it; `others` are settings beside."""
    port = service.free_port()
    settings = {
        **copy.settings,
        **others,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
    }
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output,
        ExitStack() as stack,
    ):
        begin = time.perf_counter()
        with pinned_to(pinning.service):
            process = stack.enter_context(service.running(copy.folder, settings, output))
        url = f"http://127.0.0.1:{port}"
        while not answers_at(f"{url}/livez"):
            if process.poll() is not None or time.perf_counter() - begin > _START_SECONDS:
                raise _failure(copy, "does not start", output)
            time.sleep(_POLL_SECONDS)
        took = (time.perf_counter() - begin) * 1000
        running = RunningService(url, process.pid, took)
        try:
            yield running
        except (ScaffoldError, OSError) as error:
            if process.poll() is None:
                raise
            raise _failure(copy, "ended while it was measured", output) from error
        if process.poll() is not None:
            raise _failure(copy, "ended while it was measured", output)
        running.stop()


def _failure(copy: InstalledService, what: str, output: IO[str]) -> ScaffoldError:
    output.seek(0)
    return ScaffoldError(f"the {NAMES[copy.framework]} service {what}", service.tail(output.read()))


def answers_at(url: str) -> bool:
    """Whether something there answers with success."""
    try:
        with _open(url, timeout=1):
            return True
    except (OSError, HTTPException):
        return False
