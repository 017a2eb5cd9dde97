"""Schemathesis in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.services import Service

SECONDS = 300
EXAMPLES = os.environ.get(
    "SCAFFOLD_EXAMPLES", "10"
)  # of each operation, beside the systematic ones
CONFIGURATION = f"""\
seed = 1

[generation]
max-examples = {EXAMPLES}
database = "none"
"""


def judge(
    document: str, *options: str, folder: Path, configuration: str = "", **variables: str
) -> None:
    """Hold a service against a document; show all that Schemathesis said where they differ."""
    (folder / "schemathesis.toml").write_text(CONFIGURATION + configuration)
    program = str(Path(sys.executable).with_name("schemathesis"))
    done = subprocess.run(  # noqa: S603 - a command of this file
        [program, "run", document, "--no-color", *options],
        check=False,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout
    assert "No issues found" in done.stdout, done.stdout


def signed_in(service: Service) -> list[str]:
    """The options that sign each request in; none where nobody has to."""
    return [f"--header={line}" for line in service.credentials]
