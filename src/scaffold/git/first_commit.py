"""The repository of a new project."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scaffold.git.environment import WITHOUT_USER_SETTINGS
from scaffold.git.repository import settings_of
from scaffold.git.run import decoded, git_output, run_git


@dataclass(frozen=True)
class Surroundings:
    """What git says of the folder that a project is put into."""

    in_work_tree: bool
    identity: Mapping[str, str]  # `user.name` and `user.email`, as far as they are set
    prefix: str = ""  # where the folder lies in the work tree, such as services/


def surroundings_of(folder: Path) -> Surroundings:
    """Whether the folder is in a repository, readable or not, and who git's user is."""
    inside = run_git("rev-parse", "--is-inside-work-tree", "--show-prefix", cwd=folder)
    answer, _, prefix = decoded(inside.stdout).strip().partition("\n")
    unreadable = inside.returncode and "not a git repository" not in decoded(inside.stderr)
    identity = settings_of(folder, r"^user\.(name|email)$")
    return Surroundings(
        in_work_tree=bool(unreadable) or answer == "true",
        prefix=prefix,
        identity={key: value for key, value in identity.items() if value},
    )


def commit_all(project: Path, message: str, known: Mapping[str, str]) -> None:
    """Make the folder a repository whose first commit is everything in it."""
    who = {} if {"user.name", "user.email"} <= known.keys() else fallback_author(known)
    for command in (
        ("init", "--quiet", "--template=", "--initial-branch=main"),
        ("add", "--all"),
        ("commit", "--quiet", "--cleanup=whitespace", "-m", message),
    ):
        git_output(*command, cwd=project, env=who, settings=WITHOUT_USER_SETTINGS)


def fallback_author(known: Mapping[str, str]) -> dict[str, str]:
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
