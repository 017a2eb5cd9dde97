"""Alembic's commands in a generated project."""

import json
from collections.abc import Sequence
from pathlib import Path

from tests.support.projects import run

# The program of each framework: its commands, one after the other in one process, since most of the
# time of each is its start.
ALEMBIC = {
    "fastapi": """
import json, sys
from alembic.config import main

for command in json.loads(sys.argv[1]):
    main(command)
""",
    "flask": """
import json, sys
from flask.cli import cli

for command in json.loads(sys.argv[1]):
    words = ["--app", "app.main:create_app", "db", *command]
    cli.main(words, prog_name="flask", standalone_mode=False)
""",
}


def alembic(project: Path, framework: str, *commands: Sequence[str], **settings: str) -> None:
    """Run commands such as ("upgrade", "head") in the environment of a project."""
    python = str(project / ".venv/bin/python")
    run(python, "-c", ALEMBIC[framework], json.dumps(commands), folder=project, **settings)
