"""The base image of the Dockerfile, made of Debian's packages: no image registry is needed."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SUITE = "trixie"
PACKAGES = ("ca-certificates", "python3", "python3-pip", "python3-venv")
# The official image has its Python under both names.
LINKS = "ln -s /usr/bin/python3 $1/usr/local/bin/python; ln -s /usr/bin/python3 $1/usr/local/bin/python3"


class CannotBuild(Exception):
    """The base image cannot be made here, and why, in one line."""


def missing(name: str) -> str | None:
    """Why no image can be built here; nothing when it can."""
    tools = [tool for tool in ("buildah", "podman", "runc") if not shutil.which(tool)]
    if tools:
        return f"not installed: {', '.join(tools)}"
    if not exists(name) and not (shutil.which("mmdebstrap") and os.geteuid() == 0):
        return f"no base image {name}, and only root with mmdebstrap can make one"
    return None


def exists(name: str) -> bool:
    command = ["podman", "image", "exists", name]
    return subprocess.run(command, check=False).returncode == 0  # noqa: S603


def ensure(name: str) -> None:
    """Make the image under that name, unless the container storage has it already."""
    if exists(name):
        return
    with tempfile.TemporaryDirectory() as folder:
        # A tar keeps the owners of the files; a copy would not.
        archive = Path(folder, "root.tar")
        bootstrap(archive)
        container = run("buildah", "from", "scratch").strip()
        run("buildah", "add", container, str(archive), "/")
        run("buildah", "commit", "--format", "docker", "--rm", container, name)


def bootstrap(archive: Path) -> None:
    """Install Debian into a tar."""
    command = ["mmdebstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE]
    command += [str(archive), f"--customize-hook={LINKS}"]
    done = subprocess.run(  # noqa: S603 - a command of the tests themselves
        command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        *_, reason = (done.stdout + done.stderr).strip().splitlines() or ["no reason given"]
        raise CannotBuild(f"mmdebstrap cannot make the base image: {reason}")


def run(*command: str) -> str:
    """What a command prints; fails with all it said."""
    done = subprocess.run(  # noqa: S603 - commands of the tests themselves
        command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        raise AssertionError(
            f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return done.stdout
