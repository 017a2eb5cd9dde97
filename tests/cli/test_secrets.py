"""Secrets of a new project: its own, for its owner's eyes only, and never in a commit."""

import os
import re
import stat
from collections.abc import Iterator

import pytest
import yaml

from tests.cli.conftest import COPIER_YML, Cli, Repository, make_repository


@pytest.fixture
def open_umask() -> Iterator[None]:
    """A user whose new files everybody may read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


def secrets(cli: Cli, name: str = "api") -> dict[str, str]:
    lines = (cli.cwd / name / ".env").read_text().splitlines()
    return dict(line.split("=") for line in lines)


def test_each_setting_that_needs_a_secret_gets_a_random_one(cli: Cli) -> None:
    assert cli.new("api", "--yes", "--auth=jwt").code == 0
    found = secrets(cli)
    assert list(found) == ["JWT_SECRET", "COOKIE_SECRET"]
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in found.values())


def test_no_two_secrets_are_the_same(cli: Cli) -> None:
    for name in ("one", "two"):
        assert cli.new(name, "--yes", "--name=same", "--auth=jwt").code == 0
    values = [*secrets(cli, "one").values(), *secrets(cli, "two").values()]
    assert len(set(values)) == 4


@pytest.mark.usefixtures("open_umask")
def test_only_the_owner_may_read_the_file(cli: Cli) -> None:
    assert cli.new("api", "--yes", "--auth=jwt").code == 0
    assert stat.S_IMODE((cli.cwd / "api" / ".env").stat().st_mode) == 0o600


def test_git_never_sees_the_file(cli: Cli) -> None:
    assert cli.new("api", "--yes", "--auth=jwt").code == 0
    project = Repository(cli.cwd / "api")
    assert ".env" not in project.git("ls-files").split()
    assert project.git("status", "--porcelain") == ""
    project.git("add", "--all")
    assert project.git("status", "--porcelain") == ""
    committed = project.git("log", "--all", "--patch")
    assert [value for value in secrets(cli).values() if value in committed] == []


def test_a_repository_around_the_project_does_not_see_the_file_either(cli: Cli) -> None:
    around = make_repository(cli.cwd / "mono", {"file": ""})
    assert cli.new("mono/api", "--yes", "--auth=jwt").code == 0
    assert (around.path / "api" / ".env").is_file()
    around.git("add", "--all")
    assert "api/.env" not in around.git("ls-files").split()


def test_without_git_the_file_is_written_all_the_same(cli: Cli) -> None:
    assert cli.new("api", "--yes", "--auth=jwt", "--no-git").code == 0
    assert len(secrets(cli)) == 2


@pytest.mark.parametrize("form", [[], ["--json"], ["--debug"]], ids=["text", "json", "debug"])
def test_the_file_is_listed_and_its_values_are_not_shown(cli: Cli, form: list[str]) -> None:
    ran = cli.new("api", "--yes", "--auth=jwt", *form)
    assert re.search(r"\.env\b(?!\.)", ran.out)
    assert [value for value in secrets(cli).values() if value in ran.out + ran.err] == []


def test_a_plan_lists_the_file_and_writes_none(cli: Cli) -> None:
    planned = cli.new("api", "--yes", "--auth=jwt", "--json", "--dry-run").json
    assert os.listdir(cli.cwd) == []
    created = cli.new("api", "--yes", "--auth=jwt", "--json").json
    assert ".env" in planned["files"]
    assert planned["files"] == created["files"]


@pytest.mark.parametrize("answers", [["--auth=none"], ["--database=none"]], ids=" ".join)
def test_answers_that_need_no_secret_bring_no_file(cli: Cli, answers: list[str]) -> None:
    ran = cli.new("api", "--yes", "--json", *answers)
    assert ".env" not in ran.json["files"]
    assert not (cli.cwd / "api" / ".env").exists()


def test_a_template_without_that_fact_brings_no_file(cli: Cli, template: Repository) -> None:
    document = yaml.safe_load(COPIER_YML)
    del document["secret_settings"]
    template.commit({"copier.yml": yaml.safe_dump(document, sort_keys=False)})
    assert cli.new("api", "--yes", "--auth=jwt").code == 0
    assert not (cli.cwd / "api" / ".env").exists()


@pytest.mark.parametrize("ignored", ["", "*.pyc\n", ".env.example\n", ".env\n!.env\n"])
@pytest.mark.parametrize("way", [[], ["--no-git"], ["--dry-run"]], ids=["git", "no git", "plan"])
def test_a_template_that_would_commit_secrets_is_refused(
    cli: Cli, template: Repository, ignored: str, way: list[str]
) -> None:
    (cli.home / "ignore").write_text(".env\n")
    (cli.home / ".gitconfig").write_text(f"[core]\n\texcludesFile = {cli.home}/ignore\n")
    template.commit({"template/.gitignore": ignored})
    ran = cli.new("api", "--yes", "--auth=jwt", *way)
    assert ran.code == 1
    assert "error: the template's .gitignore does not list .env" in ran.err
    assert os.listdir(cli.cwd) == []


def test_a_template_that_would_commit_secrets_still_serves_other_answers(
    cli: Cli, template: Repository
) -> None:
    template.commit({"template/.gitignore": ""})
    assert cli.new("api", "--yes").code == 0


def test_a_template_with_an_env_file_of_its_own_is_refused(cli: Cli, template: Repository) -> None:
    template.commit({"template/.env": "JWT_SECRET=the-same-for-everybody\n"})
    ran = cli.new("api", "--yes", "--auth=jwt")
    assert ran.code == 1
    assert "the template brings a .env" in ran.err
    assert os.listdir(cli.cwd) == []


@pytest.mark.parametrize(
    "fact", ["JWT_SECRET", "[JWT SECRET]", "['A=b']", "{JWT_SECRET: 1}", "[1]"]
)
def test_a_fact_that_is_no_list_of_variables_is_refused(
    cli: Cli, template: Repository, fact: str
) -> None:
    document = yaml.safe_load(COPIER_YML)
    document["secret_settings"]["default"] = fact
    template.commit({"copier.yml": yaml.safe_dump(document, sort_keys=False)})
    ran = cli.new("api", "--yes")
    assert ran.code == 1
    assert "secret_settings" in ran.err
    assert os.listdir(cli.cwd) == []


def test_a_fact_cannot_be_answered(cli: Cli) -> None:
    message = cli.refused("api", "--yes", "--data=secret_settings=[PATH]")
    assert "does not ask for 'secret_settings'" in message
