"""The only module that runs git."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from scaffold.errors import ScaffoldError
from scaffold.git.environment import EVERY_CALL, Settings, as_environment

_WHOLE_ELSEWHERE = "`git fsck` tells all that is damaged; a clone elsewhere may have it whole"

# What helps where git says this and nothing more.
_REMEDIES = {
    r"not a git repository: .*/worktrees/": (
        "the repository that this work tree belongs to was moved or removed: "
        "`git worktree repair PATH`, run there, joins them again"
    ),
    r"index file (corrupt|smaller)|bad (index|signature)": (
        "`rm .git/index` and `git reset` make the index anew; files stay as they are, "
        "and what was staged is not staged any more"
    ),
    r"bad config|bad (boolean|numeric)": "mend what it names in the file of these settings: `.git/config` or `~/.gitconfig`",
    r" is corrupt$|unable to (read|unpack)|bad object|inflate|appears to be broken": _WHOLE_ELSEWHERE,
}


class GitError(ScaffoldError):
    """git answered with an error; the message has its reason."""


def run_git(
    *args: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    stdin: str = "",
) -> subprocess.CompletedProcess[bytes]:
    """Run git and wait for it; the caller judges the exit code."""
    environment = {**os.environ, "LC_ALL": "C", **(env or {})}
    environment |= as_environment({**EVERY_CALL, **(settings or {})}, environment)
    try:
        return subprocess.run(  # noqa: S603
            ["git", *args],  # noqa: S607
            cwd=cwd,
            env=environment,
            input=os.fsencode(stdin),
            capture_output=True,
            check=False,
        )
    except OSError as error:
        if cwd and error.filename == cwd:
            raise ScaffoldError(f"cannot open {cwd}: {error.strerror}") from error
        if error.filename != "git":
            raise
        absent = isinstance(error, FileNotFoundError)
        raise ScaffoldError(
            f"git {'was not found' if absent else 'cannot be run'}, and the template is read with it"
            + ("" if absent else f": {error.strerror}"),
            "install git (https://git-scm.com/downloads) and run the command again",
        ) from error


def git_bytes(
    *args: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    stdin: str = "",
    good: tuple[int, ...] = (0,),
) -> bytes:
    """What git prints; an exit code that is not good is an error."""
    done = run_git(*args, cwd=cwd, env=env, settings=settings, stdin=stdin)
    if done.returncode not in good:
        command = next((arg for arg in args if not str(arg).startswith("-")), "")
        raise git_failure(str(command), done)
    return done.stdout


def git_failure(command: str, done: subprocess.CompletedProcess[bytes]) -> GitError:
    """What git says, and what helps: the command that it names itself, or one that is known."""
    lines = [line.strip() for line in decoded(done.stderr).splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("fatal:", "error:"))]
    # What is wrong with an object is said last, after every step of reading it.
    reason = next((line for line in told if line.endswith(" is corrupt")), None)
    reason = reason or (told or lines or ["failed"])[0]
    named = next((line for line in lines if line.startswith("git config ")), None)
    known = (hint for pattern, hint in _REMEDIES.items() if re.search(pattern, reason))
    return GitError(
        f"git {command}: {reason}", f"if you trust it: {named}" if named else next(known, "")
    )


def is_outside_repository(folder: Path, done: subprocess.CompletedProcess[bytes]) -> bool:
    """Whether git looked for a repository and there is none; one that it cannot read is an error."""
    if done.returncode and b"not a git repository (or any" not in done.stderr:
        raise git_failure("rev-parse", done)
    if done.returncode and os.path.lexists(folder / ".git"):
        raise GitError(
            f"git takes {folder / '.git'} for no repository: something of it is missing, damaged or not readable",
            _WHOLE_ELSEWHERE,
        )
    return bool(done.returncode)


def git_output(
    *args: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    stdin: str = "",
    good: tuple[int, ...] = (0,),
) -> str:
    """What git prints, as text; bytes that are no text survive as file names do."""
    return decoded(git_bytes(*args, cwd=cwd, env=env, settings=settings, stdin=stdin, good=good))


def decoded(printed: bytes) -> str:
    """What git printed, as text; bytes that are no text survive as file names do."""
    return printed.decode("utf-8", "surrogateescape")
