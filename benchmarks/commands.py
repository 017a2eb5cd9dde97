"""Runs the commands that a benchmark is made of."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


def run(
    *command: str, cwd: Path | str | None = None, environment: Mapping[str, str] | None = None
) -> str:
    """Return what a command prints; end with it when the command fails."""
    inherited = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(  # noqa: S603 - commands of the benchmarks themselves
        command,
        check=False,
        cwd=cwd,
        env=inherited if environment is None else environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout
