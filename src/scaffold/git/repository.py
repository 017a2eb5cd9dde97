"""What a repository has: versions, files, settings. Nothing is changed."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scaffold.git.environment import ALLOW_BARE
from scaffold.git.run import decoded, git_failure, git_output, is_outside_repository, run_git


@dataclass(frozen=True)
class Checkout:
    """What matters of a repository on this machine."""

    shallow: bool  # history was left out when it was cloned
    origin: str | None  # the URL it was cloned from


def _ask(
    repository: Path, *args: str | Path, stdin: str = ""
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a repository that was named."""
    return run_git(*args, cwd=repository, settings=ALLOW_BARE, stdin=stdin)


def _is_so(repository: Path, *args: str) -> bool:
    """What git answers with its exit code."""
    done = _ask(repository, *args)
    if done.returncode not in (0, 1):
        raise git_failure(args[0], done)
    return done.returncode == 0


def checkout_at(path: Path) -> Checkout | None:
    """The repository whose top is this folder, bare or not."""
    done = _ask(path, "rev-parse", "--show-cdup", "--is-shallow-repository")
    *way_up, shallow = decoded(done.stdout).splitlines() or ("",)
    if is_outside_repository(path, done) or any(way_up):
        return None
    origin = decoded(_ask(path, "config", "--get", "remote.origin.url").stdout).strip()
    return Checkout(shallow=shallow == "true", origin=origin or None)


def commit_of(repository: Path, ref: str) -> str | None:
    """The full name of the commit that a branch, tag or commit stands for."""
    if ref.startswith("-"):
        return None
    for candidate in (ref, f"refs/remotes/origin/{ref}"):
        done = _ask(repository, "rev-parse", "--quiet", "--verify", f"{candidate}^{{commit}}")
        if done.returncode == 0:
            return decoded(done.stdout).strip()
        if done.returncode != 1:
            raise git_failure("rev-parse", done)
    return None


def last_commit(repository: Path) -> str | None:
    """The commit that is checked out; none on a branch that was never committed to."""
    done = run_git("rev-parse", "--quiet", "--verify", "HEAD^{commit}", cwd=repository)
    if done.returncode == 0:
        return decoded(done.stdout).strip()
    done = run_git("log", "-1", cwd=repository)  # says why
    if b"does not have any commits yet" not in done.stderr:
        raise git_failure("log", done)
    return None


def is_tag(repository: Path, ref: str) -> bool:
    """Whether a tag has this name."""
    return _is_so(repository, "show-ref", "--quiet", "--verify", f"refs/tags/{ref}")


def tag_names(repository: Path, *, merged: str | None = None) -> list[str]:
    """The names of all tags, or of those in the history of a commit."""
    within = [f"--merged={merged}"] if merged else []
    listed = ("for-each-ref", "--format=%(refname:strip=2)", *within, "refs/tags")
    return git_output(*listed, cwd=repository, settings=ALLOW_BARE).split("\n")[:-1]


def is_published(repository: Path, commit: str) -> bool:
    """Whether the repository has seen the commit on its origin."""
    seen = ("for-each-ref", "--count=1", f"--contains={commit}", "refs/remotes/origin")
    return bool(_ask(repository, *seen).stdout)


def has_changes(repository: Path) -> bool:
    """Whether the work tree differs from its last commit."""
    return bool(_ask(repository, "status", "--porcelain", "--untracked-files=normal").stdout)


def read_committed(repository: Path, commit: str, path: str) -> str | None:
    """The text of a file in a commit."""
    done = _ask(repository, "cat-file", "--batch", stdin=f"{commit}:{path}\n")
    facts, _, content = decoded(done.stdout).partition("\n")
    is_file = facts.split(" ")[1:2] == ["blob"]
    if done.returncode or (not is_file and b"error: " in done.stderr):
        raise git_failure("cat-file", done)
    return content.removesuffix("\n").replace("\r\n", "\n") if is_file else None


def describe(repository: Path, commit: str, tag: str | None = None) -> str:
    """The name of a commit as Copier records it: a tag, or how far it is from the nearest or this one."""
    match = [f"--match={tag}"] if tag else []
    command = ("describe", "--tags", "--always", *match, commit)
    return git_output(*command, cwd=repository, settings=ALLOW_BARE).strip()


def settings_of(folder: Path, pattern: str) -> Mapping[str, str]:
    """The settings that hold in a folder, of those whose names match."""
    listed = decoded(run_git("config", "-z", "--get-regexp", pattern, cwd=folder).stdout)
    pairs = (entry.partition("\n") for entry in listed.split("\0") if entry)
    return {key: value if said else "true" for key, said, value in pairs}
