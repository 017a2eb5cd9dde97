"""What a project's own `load_settings()` makes of an environment; one process is asked many."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.project_process import Ask, answering

# Runs in the project. Each environment is read in a copy of this process, so that the interpreter
# itself prints why a program ends, as it does for `python -m app`.
READER = """
import atexit, json, os, sys, tempfile
from app.settings import load_settings

for line in sys.stdin:
    folder, variables = json.loads(line)
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = os.fork()
        if not child:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(variables)
            try:
                print(load_settings().model_dump_json(), flush=True)
                sys.exit()
            except SystemExit as end:
                # To take the interpreter apart takes twenty times as long as to read the settings.
                atexit.register(os._exit, end.code if isinstance(end.code, int) else end.code is not None)
                raise
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        err.seek(0)
        print(json.dumps([status, out.read(), err.read()]), flush=True)
"""


@dataclass(frozen=True)
class Reading:
    """How the program would end, or go on, with an environment."""

    status: int
    stdout: str
    stderr: str

    @property
    def settings(self) -> dict[str, Any]:
        """The settings by name; nothing may have been wrong with them."""
        assert self.status == 0, self.stderr
        settings: dict[str, Any] = json.loads(self.stdout)
        return settings

    @property
    def refusal(self) -> str:
        """What the program says when it ends; it must end, and with no traceback."""
        assert self.status == 1, self
        assert self.stdout == ""
        assert "Traceback" not in self.stderr, self.stderr
        return self.stderr


@dataclass(frozen=True)
class Reader:
    """A process of the project that reads settings."""

    project: Path
    ask: Ask

    def read(self, variables: dict[str, str], folder: Path | None = None) -> Reading:
        """Read these variables, and `.env` of the folder; of the project unless told otherwise."""
        return Reading(*self.ask([str(folder or self.project), variables]))


@contextmanager
def reader(project: Path) -> Iterator[Reader]:
    """A reader of the project's settings, until the end."""
    with answering(project, READER) as ask:
        yield Reader(project, ask)
