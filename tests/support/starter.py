"""Services and programs that begin as a copy of a process which has imported their packages.

Nearly all of a start is these imports, and what a running service does is the same after them. A
project's own modules are imported anew in each copy. Projects of one environment share the process.
"""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from tests.support import environment, project_process

# The first two begin threads when they are imported, and a copy of a process has one thread. The
# last one looks for the folder of its files then.
ANEW = ("numpy", "onnxruntime", "prometheus_client")
# Runs in an environment, and answers each line of its input with one.
STARTER = """
import ast, gc, json, os, runpy, sys
from contextlib import suppress
from pathlib import Path

known = set()


def import_packages(project):
    for path in Path(project, "app").rglob("*.py"):
        for statement in ast.parse(path.read_text()).body:
            match statement:
                case ast.ImportFrom(module=name) | ast.Import(names=[ast.alias(name=name)]):
                    if name.partition(".")[0] not in ("app", *{ANEW}):
                        with suppress(ImportError):
                            exec(ast.unparse(statement), {})
    with suppress(ImportError):
        import alembic.config
    if len(os.listdir("/proc/self/task")) > 1:
        sys.exit("A package has begun threads, which no copy has: add it to ANEW.")
    gc.freeze()  # what no copy frees, all of them share


def prepare(project, variables, *files):
    for number, file in enumerate((os.devnull, *files)):
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(project)
    os.environ.clear()
    os.environ.update(variables)
    sys.path[0] = project


def become_a_service(project, variables, *files):
    os.setsid()
    print(os.getpid(), flush=True)
    prepare(project, variables, *files)
    if folder := variables.get("PYTHONPATH"):
        sys.path.insert(1, folder)
        runpy.run_path(folder + "/sitecustomize.py")
    sys.argv = ["app"]
    runpy.run_module("app", run_name="__main__", alter_sys=True)
    sys.exit()


def become_a_program(words, project, variables, said):
    prepare(project, variables, said, said)
    sys.argv = words
    runpy.run_path(words[0], run_name="__main__")
    sys.exit()


statuses = {}
for line in sys.stdin:
    match json.loads(line):
        case int(process):
            if process not in statuses:
                ended, status = os.waitpid(process, os.WNOHANG)
                if ended:
                    statuses[process] = os.waitstatus_to_exitcode(status)
            print(json.dumps(statuses.get(process)), flush=True)
        case [str(project), words, *how]:
            if project not in known:
                import_packages(project)
                known.add(project)
            process = os.fork()
            if not process:
                become_a_program(words, project, *how) if words else become_a_service(project, *how)
            if words:
                _, status = os.waitpid(process, 0)
                print(json.dumps(os.waitstatus_to_exitcode(status)), flush=True)
""".replace("{ANEW}", repr(ANEW))
# The one command that it knows.
COMMAND = ["python", "-m", "app"]
POLL_SECONDS = 0.01


# Of each environment, the process that is copied. It begins when the first copy is wanted, and ends with the
# process of the tests.
_begun: "dict[Path, subprocess.Popen[str]]" = {}
_lock = Lock()


def ask(project: Path, what: Any) -> Any:
    """Ask the process of a project's environment something, from any thread."""
    environment_folder = (project / ".venv").resolve()
    with _lock:
        if environment_folder not in _begun:
            _begun[environment_folder] = _begin(environment_folder)
        return project_process.ask(_begun[environment_folder], what)


def run_program(project: Path, words: Sequence[str], said: Path, **variables: str) -> None:
    """Run a program of the project's environment in a copy; show all it said where it fails."""
    program = [str(project / ".venv/bin" / words[0]), *words[1:]]
    status = ask(project, [str(project), program, environment.for_tools() | variables, str(said)])
    if status:
        raise AssertionError(f"{' '.join(words)} ended with {status}:\n{said.read_text()}")


def _begin(folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - the interpreter of the project under test
        [str(folder / "bin/python"), "-c", STARTER],
        cwd=folder,
        env=environment.for_service(str(folder / "bin")),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )


@dataclass(frozen=True)
class Starter:
    """Starts services of a project as copies of the process of its environment."""

    project: Path
    # What Python does before all else in each of its processes: see `bootstrap`.
    pythonpath: str | None

    def start(self, project: Path, variables: dict[str, str], folder: Path) -> "Copy":
        """Start this project, or a copy that has the same packages."""
        folder.mkdir(parents=True, exist_ok=True)
        files = (str(folder / "stdout"), str(folder / "stderr"))
        inherited = environment.for_service(str(project / ".venv/bin"))
        return Copy(self, self.ask([str(project), None, inherited | variables, *files]))

    def ask(self, what: Any) -> Any:
        """Ask the process that is copied."""
        return ask(self.project, what)


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
