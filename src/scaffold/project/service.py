"""A project's service, run outside its image: the image's CMD in the project's own environment."""

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from scaffold.deferred_signals import deferred_signals
from scaffold.errors import ScaffoldError
from scaffold.project import uv

_EXEC_FORM = re.compile(r"^CMD\s+(\[.*\])\s*$", re.MULTILINE)
STOP_SECONDS = 35
_TAIL_LINES = 40


@contextmanager
def running(
    project: Path, settings: Mapping[str, str], output: IO[str]
) -> Iterator[subprocess.Popen[str]]:
    """The process of the image's CMD, stopped as a container is; what it says goes to `output`."""
    binaries = project / ".venv" / ("Scripts" if os.name == "nt" else "bin")
    path = f"{binaries}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    command = _image_command(project)
    program = shutil.which(command[0], path=path)
    if program is None:
        raise ScaffoldError(f"the Dockerfile's CMD starts {command[0]}, which is not installed")
    process = None
    try:
        with deferred_signals():  # a process that is not known here yet would be left running
            process = subprocess.Popen(  # noqa: S603, the project's own Dockerfile says it
                [program, *command[1:]],
                cwd=project,
                env=uv.environment({**settings, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        yield process
        process.terminate()
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        if process and process.poll() is None:
            process.kill()
            process.wait()


def _image_command(project: Path) -> list[str]:
    """What the image runs: the last exec-form CMD of the Dockerfile."""
    try:
        commands = _EXEC_FORM.findall((project / "Dockerfile").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ScaffoldError("the project has no Dockerfile") from error
    if not commands:
        raise ScaffoldError("the Dockerfile has no exec-form CMD")
    try:
        command = json.loads(commands[-1])
    except ValueError:
        command = []
    if not command or not all(isinstance(word, str) for word in command):
        raise ScaffoldError(f"the Dockerfile's CMD is no list of words in JSON: {commands[-1]}")
    return [str(word) for word in command]


def free_port() -> int:
    """A free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def tail(text: str) -> str:
    """The end of a long output."""
    return "\n".join(text.rstrip().splitlines()[-_TAIL_LINES:])
