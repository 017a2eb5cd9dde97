"""The new project's repository, whatever the user's git is set up to do."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Repository, make_repository
from tests.support import hostile


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


def test_nothing_that_is_set_up_for_git_changes_a_new_project(cli: Cli, tmp_path: Path) -> None:
    assert cli.new("calm/api", "--yes").code == 0
    other = make_repository(tmp_path / "other", {"file": ""})
    before = other.git("rev-parse", "HEAD"), other.git("count-objects"), other.git("status")
    variables = hostile.arranged(tmp_path / "hostile", cli.home, other.path)
    ran = cli.new("api", "--yes", **variables)
    assert ran.code == 0, ran.err
    assert not (tmp_path / "hostile" / "ran").exists()
    calm, made = Repository(cli.cwd / "calm" / "api"), Repository(cli.cwd / "api")
    for path in calm.git("ls-files").split():
        assert (made.path / path).read_bytes() == (calm.path / path).read_bytes()
    for command in (
        ("rev-parse", "HEAD:"),
        ("log", "--format=%an <%ae>%n%B"),
        ("status", "--short", "--branch"),
    ):
        assert made.git(*command) == calm.git(*command)
    assert (other.git("rev-parse", "HEAD"), other.git("count-objects"), other.git("status")) == (
        before
    )


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
