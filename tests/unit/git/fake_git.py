"""A program in the place of git."""

import os
from pathlib import Path


def fake_git(folder: Path, script: str) -> str:
    """A PATH whose git is this script."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "git"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"
