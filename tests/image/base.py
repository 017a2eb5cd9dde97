"""The base image of the Dockerfile, made of Debian's packages: no image registry is needed."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SUITE = "trixie"
PACKAGES = ("ca-certificates", "python3", "python3-pip", "python3-venv")
# The official image has its Python here and under both names.
LINKS = ("usr/local/bin/python", "usr/local/bin/python3")
LEFTOVERS = ("var/cache/apt", "var/lib/apt/lists")


class CannotBuild(Exception):
    """The base image cannot be made here, and why, in one line."""


def missing(name: str) -> str | None:
    """Why no image can be built here; nothing when it can."""
    tools = [tool for tool in ("buildah", "podman", "runc") if not shutil.which(tool)]
    if tools:
        return f"not installed: {', '.join(tools)}"
    if not exists(name) and not (shutil.which("debootstrap") and os.geteuid() == 0):
        return f"no base image {name}, and only root with debootstrap can make one"
    return None


def exists(name: str) -> bool:
    command = ["podman", "image", "exists", name]
    return subprocess.run(command, check=False).returncode == 0  # noqa: S603


def ensure(name: str) -> None:
    """Make the image under that name, unless the container storage has it already."""
    if exists(name):
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        bootstrap(root)
        for leftover in LEFTOVERS:
            shutil.rmtree(root / leftover)
        for link in LINKS:
            (root / link).symlink_to("/usr/bin/python3")
        # A tar keeps the owners of the files; a copy would not.
        archive = str(Path(folder) / "root.tar")
        run("tar", "--create", "--file", archive, "--directory", str(root), ".")
        container = run("buildah", "from", "scratch").strip()
        run("buildah", "add", container, archive, "/")
        run("buildah", "commit", "--format", "docker", "--rm", container, name)


def bootstrap(root: Path) -> None:
    """Install Debian into a folder."""
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE]
    done = subprocess.run(  # noqa: S603 - a command of the tests themselves
        [*command, str(root)], check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        *_, reason = (done.stdout + done.stderr).strip().splitlines() or ["no reason given"]
        raise CannotBuild(f"debootstrap cannot make the base image: {reason}")


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
