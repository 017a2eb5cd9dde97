"""Services that begin as a copy of a process which has imported their packages.

Nearly all of a start is these imports, and what a running service does is the same after them. A
project's own modules are imported anew in each copy.
"""

import os
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Self

from tests.support import environment, project_process

# The first two begin threads when they are imported, and a copy of a process has one thread. The
# last one looks for the folder of its files then.
ANEW = ("numpy", "onnxruntime", "prometheus_client")
# Imports what a project imports, and nothing of its own.
IMPORT_PACKAGES = """
import ast, gc, os, sys
from contextlib import suppress
from pathlib import Path


def import_packages():
    for path in Path("app").rglob("*.py"):
        for statement in ast.parse(path.read_text()).body:
            match statement:
                case ast.ImportFrom(module=name) | ast.Import(names=[ast.alias(name=name)]):
                    if name.partition(".")[0] not in ("app", *{ANEW}):
                        with suppress(ImportError):
                            exec(ast.unparse(statement), {})


import_packages()
if len(os.listdir("/proc/self/task")) > 1:
    sys.exit("A package has begun threads, which no copy has: add it to ANEW.")
gc.freeze()  # what no copy frees, all of them share
""".replace("{ANEW}", repr(ANEW))
# Runs in the project, and answers each line of its input with one.
STARTER = f"""
{IMPORT_PACKAGES}
import json, runpy


def become_a_service(project, variables, stdout, stderr):
    os.setsid()
    with open(os.devnull) as nothing, open(stdout, "w") as out, open(stderr, "w") as err:
        print(os.getpid(), flush=True)
        for number, file in enumerate((nothing, out, err)):
            os.dup2(file.fileno(), number)
    os.chdir(project)
    os.environ.clear()
    os.environ.update(variables)
    sys.path[0] = project
    sys.argv = ["app"]
    runpy.run_module("app", run_name="__main__", alter_sys=True)
    sys.exit()


statuses = {{}}
for line in sys.stdin:
    match json.loads(line):
        case int(process):
            if process not in statuses:
                ended, status = os.waitpid(process, os.WNOHANG)
                if ended:
                    statuses[process] = os.waitstatus_to_exitcode(status)
            print(json.dumps(statuses.get(process)), flush=True)
        case service:
            if not os.fork():
                become_a_service(*service)
"""
# The one command that it knows.
COMMAND = ["python", "-m", "app"]
POLL_SECONDS = 0.01


@dataclass
class Starter:
    """The process of a project that is copied; it begins when the first copy is wanted."""

    project: Path
    # What Python does before all else in each process: see `bootstrap`.
    pythonpath: str | None
    _process: "subprocess.Popen[str] | None" = field(init=False, default=None)
    _stack: ExitStack = field(init=False, default_factory=ExitStack)
    _lock: Lock = field(init=False, default_factory=Lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Closes its standard input, and that ends it.
        self._stack.close()

    def start(self, project: Path, variables: dict[str, str], folder: Path) -> "Copy":
        """Start this project, or a copy that has the same packages."""
        folder.mkdir(parents=True, exist_ok=True)
        files = (str(folder / "stdout"), str(folder / "stderr"))
        inherited = environment.for_service(str(project / ".venv/bin"))
        return Copy(self, self.ask([str(project), inherited | variables, *files]))

    def ask(self, what: Any) -> Any:
        """Ask the process something, from any thread."""
        with self._lock:
            return project_process.ask(self._process or self._begin(), what)

    def _begin(self) -> "subprocess.Popen[str]":
        bin_folder = self.project / ".venv/bin"
        variables = environment.for_service(str(bin_folder))
        self._process = self._stack.enter_context(
            subprocess.Popen(  # noqa: S603 - the interpreter of the project under test
                [str(bin_folder / "python"), "-c", STARTER],
                cwd=self.project,
                env=variables | ({"PYTHONPATH": self.pythonpath} if self.pythonpath else {}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
                text=True,
            )
        )
        return self._process


@dataclass
class Copy:
    """A process of a starter, with what the tests use of `subprocess.Popen`."""

    starter: Starter
    pid: int
    returncode: int | None = None

    def poll(self) -> int | None:
        """The exit status, once there is one."""
        if self.returncode is None:
            self.returncode = self.starter.ask(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit status."""
        deadline = time.monotonic() + timeout if timeout is not None else None
        while (status := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(COMMAND, timeout or 0)
            time.sleep(POLL_SECONDS)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)
