"""git sees neither the repository of a hook nor what would ask in vain."""

import os
from pathlib import Path

import pytest

from scaffold.git.environment import as_environment, isolate_environment
from scaffold.git.repository import (
    settings_of,
)
from scaffold.git.run import git_output
from tests.cli.conftest import Repository, make_repository


def test_the_repository_of_a_hook_is_forgotten(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_repository(tmp_path / "other", {"a": ""})
    for name, value in {
        "GIT_DIR": str(other.path / ".git"),
        "GIT_WORK_TREE": str(other.path),
        "GIT_INDEX_FILE": str(tmp_path / "index"),
    }.items():
        monkeypatch.setenv(name, value)
    isolate_environment(prompts=False)
    top = git_output("rev-parse", "--show-toplevel", cwd=repository.path).strip()
    assert Path(top) == repository.path
    assert os.environ["GIT_OPTIONAL_LOCKS"] == "0"


def test_settings_of_git_c_and_allowed_protocols_come_before_those_of_the_tool(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.fsmonitor'='/x y' 'user.name'='Ada' 'a.b'")
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "https:mine")
    isolate_environment(prompts=False)
    said = settings_of(repository.path, ".")
    assert said["core.fsmonitor"] == "false"
    assert (said["user.name"], said["a.b"]) == ("Ada", "true")
    allowed = ("protocol.https.allow", "protocol.mine.allow")
    assert {said[name] for name in allowed} == {"always"}
    assert {said[f"protocol.{name}"] for name in ("allow", "ssh.allow", "file.allow")} == {"never"}


@pytest.mark.parametrize("prompts", [True, False])
def test_git_asks_for_a_password_only_where_somebody_can_answer(prompts: bool) -> None:
    isolate_environment(prompts=prompts)
    assert (os.environ.get("GIT_TERMINAL_PROMPT") == "0") is not prompts
    assert ("GIT_SSH_COMMAND" in os.environ) is not prompts


def test_the_users_own_ssh_command_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", "my-ssh")
    isolate_environment(prompts=False)
    assert os.environ["GIT_SSH_COMMAND"] == "my-ssh"


@pytest.mark.parametrize(
    ("count", "expected"), [(None, "0"), ("nonsense", "0"), ("-1", "0"), ("2", "2")]
)
def test_a_count_of_settings_that_is_no_number_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, count: str | None, expected: str
) -> None:
    if count is not None:
        monkeypatch.setenv("GIT_CONFIG_COUNT", count)
    isolate_environment(prompts=False)
    assert os.environ["GIT_CONFIG_COUNT"] == expected


def test_settings_follow_those_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Ada")
    settings = as_environment({"user.email": "a@b.c", "test.many": ("x", "y")})
    assert settings["GIT_CONFIG_COUNT"] == "4"
    assert git_output("config", "user.name", env=settings) == "Ada\n"
    assert git_output("config", "user.email", env=settings) == "a@b.c\n"
    assert git_output("config", "--get-all", "test.many", env=settings) == "x\ny\n"
