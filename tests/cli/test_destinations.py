"""Where a project may go, and what the refusal of the rest says."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.mark.parametrize(
    ("folder", "suggestion"),
    [
        ("My API", "--name my-api"),
        ("Überraschung", "--name uberraschung"),
        ("日本", "--name service"),
        (".hidden", "--name hidden"),
        ("9lives", "--name lives"),
    ],
)
def test_a_folder_that_is_no_project_name_gets_a_suggestion(
    cli: Cli, folder: str, suggestion: str
) -> None:
    message = cli.refused(folder, "--yes")
    assert repr(folder) in message
    assert suggestion in message


@pytest.mark.parametrize("folder", ["My API", "Überraschung", ".hidden", "a'b\"c", "$(x)", "%s"])
def test_any_folder_will_do_under_another_name(cli: Cli, folder: str) -> None:
    assert cli.new(folder, "--yes", "--name=api").code == 0
    assert (cli.cwd / folder / "README.md").is_file()


def test_a_folder_that_starts_with_a_dash_comes_after_two(cli: Cli) -> None:
    ran = cli.run("new", "--yes", "--no-install", "--name=api", "--", "-x")
    assert ran.code == 0
    assert (cli.cwd / "-x" / "README.md").is_file()


def test_absolute_and_relative_paths_work(cli: Cli, tmp_path: Path) -> None:
    assert cli.new(str(tmp_path / "elsewhere" / "api"), "--yes").code == 0
    assert (tmp_path / "elsewhere" / "api" / "README.md").is_file()
    assert cli.new("../besides/api", "--yes").code == 0
    assert (tmp_path / "besides" / "api" / "README.md").is_file()


def test_an_empty_folder_is_filled(cli: Cli) -> None:
    (cli.cwd / "api").mkdir()
    assert cli.new("api", "--yes").code == 0
    assert (cli.cwd / "api" / "README.md").is_file()


def test_an_empty_current_folder_is_filled(cli: Cli) -> None:
    ran = cli.new(".", "--yes", "--name=api")
    assert ran.code == 0
    assert (cli.cwd / "README.md").is_file()
    assert f"cd {cli.cwd}" in ran.out


def test_a_link_to_an_empty_folder_is_followed(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (cli.cwd / "link").symlink_to(tmp_path / "api")
    assert cli.new("link", "--yes").code == 0
    assert (tmp_path / "api" / "README.md").is_file()


def test_missing_parents_are_made(cli: Cli) -> None:
    assert cli.new("a/b/api", "--yes").code == 0
    assert (cli.cwd / "a" / "b" / "api" / "README.md").is_file()
    assert os.listdir(cli.cwd) == ["a"]


def test_a_folder_with_something_in_it_is_refused(cli: Cli) -> None:
    (cli.cwd / "api").mkdir()
    (cli.cwd / "api" / "mine").touch()
    assert "not empty" in cli.refused("api", "--yes")


def test_a_file_is_refused(cli: Cli) -> None:
    (cli.cwd / "api").touch()
    assert "is a file" in cli.refused("api", "--yes")


def test_a_path_below_a_file_is_refused(cli: Cli) -> None:
    (cli.cwd / "file").touch()
    message = cli.refused("file/api", "--yes")
    assert message.startswith("error: ")


@pytest.mark.parametrize("folder", ["", "x" * 300, "x" * 250 + "/" + "y" * 300])
def test_impossible_names_are_refused_in_one_line(cli: Cli, folder: str) -> None:
    message = cli.refused(folder, "--yes", "--name=api")
    assert message.startswith("error: ")
    assert message.count("error:") == 1


def test_a_name_as_long_as_the_file_system_allows_works(cli: Cli) -> None:
    assert cli.new("x" * 255, "--yes", "--name=api").code == 0


def test_a_folder_that_cannot_be_written_to_is_refused(cli: Cli) -> None:
    ran = cli.new("/proc/api", "--yes")
    assert ran.code == 1
    assert ran.err.startswith("error: cannot write to /proc: ")


def test_a_reserved_word_is_refused_by_the_real_template(bare_cli: Cli) -> None:
    message = bare_cli.refused("fastapi", "--yes")
    assert "package that the service itself uses" in message
    assert "--name fastapi-service" in message
