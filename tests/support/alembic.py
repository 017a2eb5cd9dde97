"""Alembic's commands in generated projects, in copies of a process that has imported their packages."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from tests.support import environment, project_process
from tests.support.project_process import Ask
from tests.support.starter import IMPORT_PACKAGES

# The program of each framework.
PROGRAMS = {
    "fastapi": """
from alembic.config import main as alembic
""",
    "flask": """
from flask.cli import cli

def alembic(command):
    words = ["--app", "app.main:create_app", "db", *command]
    cli.main(words, prog_name="flask", standalone_mode=False)
""",
}
# Nearly all of the time of a command is these imports. The project's own modules are imported anew.
SCRIPT = """
import json, os, sys


def run(project, commands, variables, said):
    with open(said, "w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(project)
    for command in commands:
        alembic(command)
    sys.exit()


for line in sys.stdin:
    request = json.loads(line)
    process = os.fork()
    if not process:
        run(*request)
    _, status = os.waitpid(process, 0)
    print(json.dumps(os.waitstatus_to_exitcode(status)), flush=True)
"""


class Alembic(Protocol):
    """Runs commands such as ("upgrade", "head") in a project, one after the other."""

    def __call__(
        self, project: Path, framework: str, *commands: Sequence[str], **settings: str
    ) -> None: ...


@contextmanager
def running_alembic(folder: Path) -> Iterator[Alembic]:
    """What runs the commands; of each environment there is one process, until the end."""
    begun: dict[Path, Ask] = {}
    with ExitStack() as stack:

        def run(project: Path, framework: str, *commands: Sequence[str], **settings: str) -> None:
            place = (project / ".venv").resolve()
            if place not in begun:
                script = IMPORT_PACKAGES + PROGRAMS[framework] + SCRIPT
                begun[place] = stack.enter_context(project_process.answering(project, script))
            said = folder / "said"
            variables = environment.for_tools() | settings
            status = begun[place]([str(project), commands, variables, str(said)])
            if status:
                raise AssertionError(f"{commands} ended with {status}:\n{said.read_text()}")

        yield run
