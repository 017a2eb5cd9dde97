"""The new project's repository, whatever the user's git is set up to do."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Repository, make_repository


def log(cli: Cli, form: str = "%an <%ae>") -> str:
    return Repository(cli.cwd / "api").git("log", f"--format={form}")


def test_the_project_starts_with_one_commit_of_everything(cli: Cli) -> None:
    assert cli.new("api", "--yes").code == 0
    repository = Repository(cli.cwd / "api")
    assert repository.git("status", "--porcelain", "--branch") == "## main"
    assert repository.git("ls-files").split() == [
        ".copier-answers.yml",
        ".env.example",
        ".gitignore",
        "README.md",
        "app/main.py",
    ]
    assert log(cli) == "Ada <ada@example.com>"
    assert log(cli, "%s") == "Create api"


def test_no_git_leaves_git_out(cli: Cli) -> None:
    ran = cli.new("api", "--yes", "--no-git")
    assert ran.code == 0
    assert not (cli.cwd / "api" / ".git").exists()
    assert "--no-git" in ran.out


def test_a_user_without_identity_still_gets_a_commit(cli: Cli) -> None:
    (cli.home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
    assert cli.new("api", "--yes").code == 0
    assert log(cli) == "scaffold <scaffold@localhost>"
    config = (cli.cwd / "api" / ".git" / "config").read_text()
    assert "scaffold" not in config


def test_the_identity_of_the_environment_counts(cli: Cli) -> None:
    names = {"GIT_AUTHOR_NAME": "Eve", "GIT_AUTHOR_EMAIL": "eve@example.com"}
    assert cli.new("api", "--yes", **names).code == 0
    assert log(cli) == "Eve <eve@example.com>"


def test_hooks_signing_templates_and_ignores_of_the_user_do_not_interfere(
    cli: Cli, tmp_path: Path
) -> None:
    hooks = tmp_path / "git-template" / "hooks"
    hooks.mkdir(parents=True)
    for name in ("pre-commit", "commit-msg", "post-checkout", "post-commit"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
        (hooks / name).chmod(0o755)
    (tmp_path / "ignore").write_text("*.py\n.env*\n")
    (cli.home / ".gitconfig").write_text(
        "[user]\n\tname = Ada\n\temail = ada@example.com\n\tsigningKey = nobody\n"
        "[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = false\n"
        f"[init]\n\ttemplateDir = {tmp_path}/git-template\n\tdefaultBranch = trunk\n"
        f"[core]\n\thooksPath = {hooks}\n\texcludesFile = {tmp_path}/ignore\n"
        "\tautocrlf = true\n\tsafecrlf = true\n"
    )
    assert cli.new("api", "--yes").code == 0
    assert "app/main.py" in Repository(cli.cwd / "api").git("ls-files")
    assert b"\r" not in (cli.cwd / "api" / "README.md").read_bytes()
    assert not (tmp_path / "ran").exists()


def test_variables_of_another_repository_are_ignored(cli: Cli, tmp_path: Path) -> None:
    other = make_repository(tmp_path / "other", {"file": ""})
    before = other.git("rev-parse", "HEAD")
    git_dir = str(other.path / ".git")
    variables = {
        "GIT_DIR": git_dir,
        "GIT_WORK_TREE": str(other.path),
        "GIT_INDEX_FILE": f"{git_dir}/index",
        "GIT_OBJECT_DIRECTORY": f"{git_dir}/objects",
    }
    assert cli.new("api", "--yes", **variables).code == 0
    assert log(cli, "%s") == "Create api"
    assert other.git("rev-parse", "HEAD") == before
    assert other.git("status", "--porcelain") == ""


def test_inside_a_repository_no_other_is_made(cli: Cli) -> None:
    repository = make_repository(cli.cwd / "mono", {"file": ""})
    ran = cli.new("mono/services/api", "--yes")
    assert ran.code == 0
    assert "in a git repository already" in ran.err
    assert not (repository.path / "services" / "api" / ".git").exists()
    assert repository.git("status", "--porcelain") == "?? services/"


def test_without_git_there_is_one_clear_message(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    ran = cli.new("api", "--yes", PATH=str(tmp_path / "bin"))
    assert ran.code == 1
    assert ran.err.startswith("error: git was not found")
    assert "hint: install git" in ran.err
    assert os.listdir(cli.cwd) == []


@pytest.mark.parametrize("count", ["1", "nonsense"])
def test_git_settings_of_the_environment_stay_in_force(cli: Cli, count: str) -> None:
    settings = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": "Env",
    }
    assert cli.new("api", "--yes", **{**settings, "GIT_CONFIG_COUNT": count}).code == 0
    assert log(cli, "%an") == ("Env" if count == "1" else "Ada")
