"""The only module that runs uv."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from scaffold.errors import ScaffoldError
from scaffold.project.skipped import Skipped

# What this process runs in, or wants of its own project; the new project starts without it.
_NOT_INHERITED = (
    "VIRTUAL_ENV",
    "VIRTUAL_ENV_PROMPT",
    "CONDA_PREFIX",
    "PYTHONPATH",
    "PYTHONHOME",
    "UV_PROJECT",
    "UV_PROJECT_ENVIRONMENT",
    "UV_WORKING_DIR",
    "UV_WORKING_DIRECTORY",
    "UV_ENV_FILE",
    "UV_FROZEN",
    "UV_LOCKED",
    "UV_NO_SYNC",
    "UV_ISOLATED",
    "UV_NO_DEV",
    "UV_NO_GROUP",
    "UV_NO_DEFAULT_GROUPS",
    "UV_CONSTRAINT",
    "UV_OVERRIDE",
    "UV_EXCLUDE",
    "UV_BUILD_CONSTRAINT",
    "UV_SYSTEM_PYTHON",
    "UV_RUN_RECURSION_DEPTH",
    "POE_ACTIVE",
    "POE_ROOT",
    "POE_PWD",
)

# A network that is not there is noticed in seconds; a slow one still has time to answer.
_TIMEOUTS = {"UV_HTTP_CONNECT_TIMEOUT": "5", "UV_HTTP_TIMEOUT": "30", "UV_HTTP_RETRIES": "1"}

_DRAWING = " │╰─▶×├╭"  # noqa: RUF001


class UvError(ScaffoldError):
    """uv answered with an error; the message says why in one line."""

    def skipped(self, step: str, command: str) -> Skipped:
        """The step that is left out for it, and the command for later."""
        return Skipped(step, self.message, f"{command}    # {self.hint}" if self.hint else command)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a command that works on the new project."""
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    return {**_TIMEOUTS, **inherited, **(extra or {})}


def lock(project: Path) -> None:
    """Choose the version of every dependency."""
    _check_workspace(project)
    _run_or_raise("lock", cwd=project)


def add(project: Path, *options: str) -> None:
    """Add packages to pyproject.toml, and do no more."""
    _run_or_raise("add", "--frozen", *options, cwd=project)


def install(project: Path, *options: str, extra: Mapping[str, str] | None = None) -> None:
    """Make the project's virtual environment."""
    _check_workspace(project)
    _run_or_raise("sync", *options, cwd=project, extra=extra)


def add_to_environment(
    project: Path, *packages: str, extra: Mapping[str, str] | None = None
) -> None:
    """Install packages that the project itself does not name."""
    environment = str(project / ".venv")
    _run_or_raise("pip", "install", "--python", environment, *packages, cwd=project, extra=extra)


def run(
    project: Path, *command: str, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's virtual environment, its output in one piece."""
    return _uv("run", *command, cwd=project, extra=extra)


def _check_workspace(project: Path) -> None:
    """Raise an error where uv would change the lock file and the environment of a workspace around the project.

    uv has no way to leave a workspace out of account that takes a project in.
    """
    done = _run_or_raise("workspace", "dir", cwd=project)
    folder = os.path.realpath(project)
    if not done.stdout.rstrip().endswith(os.fsencode(folder).decode(errors="replace")):
        root = Path(done.stdout.rstrip().rpartition("\n")[2])
        inside = Path(folder).relative_to(root).as_posix()
        raise UvError(
            f"the uv workspace {root} takes the project in, and its lock and environment would change",
            f'after `exclude = ["{inside}"]` under [tool.uv.workspace] in {root / "pyproject.toml"}',
        )


def _uv(
    *args: str, cwd: Path, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [_binary(), *args],
        cwd=cwd,
        env=environment(extra),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _run_or_raise(
    *args: str, cwd: Path, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    done = _uv("--no-progress", "--color", "never", *args, cwd=cwd, extra=extra)
    if done.returncode:
        raise UvError(_error_in_one_line(done.stdout))
    return done


def _error_in_one_line(output: str) -> str:
    """uv's explanation, told in one line."""
    lines = [line.strip(_DRAWING) for line in output.splitlines()]
    start = next((n for n, line in enumerate(lines) if line.startswith("error:")), None)
    if start is None:
        start = next((n for n, line in enumerate(lines) if line.startswith("No solution")), 0)
    text = " ".join(line for line in lines[start:] if line).removeprefix("error: ")
    return text if len(text) <= 300 else f"{text[:300]}…"


def _binary() -> str:
    """The uv that was installed with this tool, else the user's own."""
    from uv import find_uv_bin

    try:
        return find_uv_bin()
    except FileNotFoundError as error:
        if found := shutil.which("uv"):
            return found
        raise UvError("uv was not found") from error
