"""Repositories by their address, near or far."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scaffold.git.environment import (
    ALLOW_BARE,
    EVERY_CALL,
    NO_HOOKS,
    WITHOUT_USER_SETTINGS,
    Settings,
    as_environment,
)
from scaffold.git.run import decoded, git_output, run_git

# Give up on a line that went dead.
_TIMEOUTS = {"http.lowSpeedLimit": "1", "http.lowSpeedTime": "30"}


@dataclass(frozen=True)
class RemoteRefs:
    """What a repository offers, known without a copy of it."""

    head: str | None  # the commit of its default branch
    tags: Mapping[str, str]  # each with its commit


def redirect_urls(urls: tuple[str, ...], repository: Path) -> dict[str, str]:
    """Environment in which git reads these URLs from a repository on this machine."""
    redirects = {f"url.{repository}.insteadOf": urls}
    settings = {
        **EVERY_CALL,
        **WITHOUT_USER_SETTINGS,
        **ALLOW_BARE,
        **_allow_file_protocol(),
        **redirects,
    }
    return {**as_environment(settings), "GIT_TEMPLATE_DIR": ""}


def _allow_file_protocol() -> Settings:
    """Let git read what was named on this machine also where the user forbids it, but no submodule there."""
    for name in ("protocol.file.allow", "protocol.allow"):
        if value := decoded(run_git("config", "--get", name, cwd=Path(os.sep)).stdout).strip():
            return {"protocol.file.allow": "user"} if value == "never" else {}
    return {}


def clone_bare(url: str, destination: Path) -> None:
    """Copy a repository here, giving up on a line that went dead."""
    command = ("clone", "--quiet", "--bare", "--template=", "--", url, destination)
    git_output(*command, settings={**NO_HOOKS, **_transport_settings(url)})


def _transport_settings(url: str) -> Settings:
    """What git needs for a way to a template that leads through a network, or stays on this machine."""
    here = url.startswith("file:") or Path(url).is_absolute()
    return _allow_file_protocol() if here else _TIMEOUTS


def remote_refs(repository: str | Path) -> RemoteRefs:
    """What a repository has, near or far; asked from where no other one can be meant."""
    elsewhere = Path(os.sep)
    listed = git_output(
        "ls-remote", "--", repository, cwd=elsewhere, settings=_transport_settings(str(repository))
    )
    commits = {
        name: commit for commit, _, name in (row.partition("\t") for row in listed.split("\n"))
    }
    tags = {name for name in commits if name.startswith("refs/tags/") and not name.endswith("^{}")}
    return RemoteRefs(
        head=commits.get("HEAD"),
        # An annotated tag is an object of its own; the line after it has its commit.
        tags={tag[len("refs/tags/") :]: commits.get(f"{tag}^{{}}", commits[tag]) for tag in tags},
    )
