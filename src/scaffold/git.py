"""The only module that runs git."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scaffold.errors import ScaffoldError

# Where a hook or an alias of the user's git points this process to; never our repository.
_REPOSITORY_VARIABLES = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_CONFIG",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_TEMPLATE_DIR",
    "GIT_LITERAL_PATHSPECS",
)

# What the user set up for their own repositories and that would change or stop our commit.
_NEUTRAL = {
    "core.hooksPath": os.devnull,
    "core.autocrlf": "false",
    "core.safecrlf": "false",
    "core.excludesFile": os.devnull,
    "core.attributesFile": os.devnull,
    "core.fsmonitor": "false",
    "commit.gpgSign": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
}

_RELEASE = re.compile(r"v?\d+(\.\d+)*")


# Copier's short names for sites.
ALIASES = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}


@dataclass(frozen=True)
class Checkout:
    """What matters of a repository on this machine."""

    shallow: bool  # history was left out when it was cloned
    origin: str | None  # the URL it was cloned from


@dataclass(frozen=True)
class Surroundings:
    """What git says of the folder that a project is put into."""

    in_work_tree: bool
    identity: Mapping[str, str]  # `user.name` and `user.email`, as far as they are set


class GitError(ScaffoldError):
    """git answered with an error; the message is its last line."""


def isolate_environment(*, prompts: bool) -> None:
    """Forget the repository this process was started from; without a terminal, never ask."""
    for name in _REPOSITORY_VARIABLES:
        os.environ.pop(name, None)
    os.environ.update(_configuration(_NEUTRAL))
    if not prompts:
        os.environ["GIT_TERMINAL_PROMPT"] = "0"
        os.environ.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")


def redirect(urls: tuple[str, ...], repository: Path) -> dict[str, str]:
    """Environment in which git reads these URLs from a repository on this machine."""
    return _configuration({f"url.{repository}.insteadOf": urls})


def _configuration(settings: Mapping[str, str | tuple[str, ...]]) -> dict[str, str]:
    """Settings as environment, after those that the environment already has."""
    before = os.environ.get("GIT_CONFIG_COUNT", "")
    count = int(before) if before.isdecimal() else 0
    variables = {}
    for key, values in settings.items():
        for value in (values,) if isinstance(values, str) else values:
            variables[f"GIT_CONFIG_KEY_{count}"] = key
            variables[f"GIT_CONFIG_VALUE_{count}"] = value
            count += 1
    return {**variables, "GIT_CONFIG_COUNT": str(count)}


def _run(
    *args: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603
            ["git", *args],  # noqa: S607
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C", **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
        )
    except FileNotFoundError as error:
        raise ScaffoldError(
            "git was not found, and the template is read with it",
            "install git (https://git-scm.com/downloads) and run the command again",
        ) from error


def _git(*args: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    done = _run(*args, cwd=cwd, env=env)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
        raise GitError(f"git {args[0]}: {(fatal or lines or ['failed'])[0]}")
    return done.stdout


def checkout_at(path: Path) -> Checkout | None:
    """The repository whose top is this folder, bare or not."""
    done = _run("rev-parse", "--show-cdup", "--is-shallow-repository", cwd=path)
    *way_up, shallow = done.stdout.splitlines() or ("",)
    if done.returncode or any(way_up):
        return None
    origin = _run("config", "--get", "remote.origin.url", cwd=path).stdout.strip()
    return Checkout(shallow=shallow == "true", origin=origin or None)


def commit_of(repository: Path, ref: str) -> str | None:
    """The full name of the commit that a branch, tag or commit stands for."""
    if ref.startswith("-"):
        return None
    for candidate in (ref, f"refs/remotes/origin/{ref}"):
        done = _run("rev-parse", "--quiet", "--verify", f"{candidate}^{{commit}}", cwd=repository)
        if done.returncode == 0:
            return done.stdout.strip()
    return None


def is_tag(repository: Path, ref: str) -> bool:
    """Whether a tag has this name."""
    return (
        _run("show-ref", "--quiet", "--verify", f"refs/tags/{ref}", cwd=repository).returncode == 0
    )


def latest_release(repository: Path) -> str | None:
    """The tag with the highest version, pre-releases aside."""
    tags = _git("tag", "--sort=-version:refname", cwd=repository).splitlines()
    return next((tag for tag in tags if _RELEASE.fullmatch(tag)), None)


def is_published(repository: Path, commit: str) -> bool:
    """Whether the repository has seen the commit on its origin."""
    seen = _run(
        "for-each-ref", "--count=1", f"--contains={commit}", "refs/remotes/origin", cwd=repository
    )
    return bool(seen.stdout)


def has_changes(repository: Path) -> bool:
    """Whether the work tree differs from its last commit."""
    return bool(_run("status", "--porcelain", cwd=repository).stdout)


def read_file(repository: Path, commit: str, path: str) -> str | None:
    """The text of a file in a commit."""
    done = _run("show", f"{commit}:{path}", cwd=repository)
    return done.stdout if done.returncode == 0 else None


def clone(url: str, destination: Path) -> None:
    """Copy a repository here, giving up on a line that went dead."""
    patience = {"http.lowSpeedLimit": "1", "http.lowSpeedTime": "30"}
    _git("clone", "--quiet", "--bare", "--", url, destination, env=_configuration(patience))


def surroundings(folder: Path) -> Surroundings:
    """Whether the folder is in a repository, be it one that git refuses to read, and whose."""
    inside = _run("rev-parse", "--is-inside-work-tree", cwd=folder)
    unreadable = inside.returncode and "not a git repository" not in inside.stderr
    config = _run("config", "--get-regexp", r"^user\.(name|email)$", cwd=folder).stdout
    return Surroundings(
        in_work_tree=bool(unreadable) or inside.stdout.strip() == "true",
        identity={
            key: value
            for key, _, value in (line.partition(" ") for line in config.splitlines())
            if value
        },
    )


def url_of(src_path: str) -> str:
    """The URL that Copier hands to git for a recorded template."""
    for alias, site in ALIASES.items():
        if src_path.startswith(alias):
            src_path = site + src_path.removeprefix(alias).lstrip("/")
    if src_path.startswith("git+"):
        return src_path.removeprefix("git+")
    if src_path.startswith("https://") and not src_path.endswith(".git"):
        return f"{src_path}.git"
    return src_path


def ignores(folder: Path, path: str, workspace: Path) -> bool:
    """Whether the folder's own ignore files, and nobody else's, leave a path out."""
    repository = workspace / "ignores"
    _git("init", "--quiet", "--template=", repository)
    place = ("--git-dir", repository / ".git", "--work-tree", folder)
    return _run(*place, "check-ignore", "--quiet", path, cwd=folder).returncode == 0


def commit_all(project: Path, message: str, known: Mapping[str, str]) -> None:
    """Make the folder a repository whose first commit is everything in it."""
    _git("init", "--quiet", "--template=", "--initial-branch=main", cwd=project)
    _git("add", "--all", cwd=project)
    env = {} if {"user.name", "user.email"} <= known.keys() else _stand_in(known)
    _git("commit", "--quiet", "--no-verify", "-m", message, cwd=project, env=env)


def _stand_in(known: Mapping[str, str]) -> dict[str, str]:
    """An author for one commit where git was never told who its user is."""
    name = known.get("user.name", "scaffold")
    email = known.get("user.email") or os.environ.get("EMAIL") or "scaffold@localhost"
    who = {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": email,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": email,
    }
    return {key: os.environ.get(key) or value for key, value in who.items()}
