"""A process of a project, which runs a script and is asked many times: its imports take longest."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.support import environment

Ask = Callable[[Any], Any]


@contextmanager
def answering(project: Path, script: str) -> Iterator[Ask]:
    """Run a script that answers each line of JSON with one; until the end."""
    # Of the environment itself: the project, and its link to it, may be gone before the process is.
    bin_folder = (project / ".venv").resolve() / "bin"
    with subprocess.Popen(  # noqa: S603 - the interpreter of the project under test
        [str(bin_folder / "python"), "-c", script],
        cwd=project,
        env=environment.for_service(str(bin_folder)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        # Leaving this closes its standard input, and that ends it.
        yield partial(ask, process)


def ask(process: "subprocess.Popen[str]", request: Any) -> Any:
    """Send a line of JSON; return what the process answers."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(request) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    assert answer, "the process has ended; its error is above"
    return json.loads(answer)
