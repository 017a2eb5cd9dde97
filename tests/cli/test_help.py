"""The tool says what it can do, at once."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from scaffold.distribution import DISTRIBUTION
from scaffold.template.flags import flag
from scaffold.template.questions import alternatives
from tests.cli.conftest import Cli
from tests.support.questions import ASKED, VALUES


@pytest.mark.parametrize(
    "args", [["--help"], ["--version"], ["new", "--help"], ["advise", "--help"]]
)
def test_help_and_version_import_neither_copier_nor_rich(cli: Cli, args: list[str]) -> None:
    assert not cli.imported(*args) & {
        "copier",
        "rich",
        "jinja2",
        "yaml",
        "questionary",
        "prompt_toolkit",
    }


def test_version_is_the_installed_one(cli: Cli) -> None:
    assert cli.run("--version").out == f"scaffold {version(DISTRIBUTION)}\n"


def test_no_arguments_show_the_help(cli: Cli) -> None:
    assert cli.run().out == cli.run("--help").out


def test_the_console_script_is_the_same_program(cli: Cli) -> None:
    script = Path(sys.executable).with_name("scaffold")
    done = subprocess.run(  # noqa: S603 - the tool itself
        [script, "--help"], env=cli.env, capture_output=True, text=True, check=True
    )
    assert done.stdout == cli.run("--help").out


def test_an_unknown_option_is_wrong_usage_in_one_line(cli: Cli) -> None:
    assert cli.refused("api", "--frob").startswith("error: No such option: --frob\nhint: ")


def test_a_missing_destination_is_wrong_usage(cli: Cli) -> None:
    assert "DEST" in cli.refused()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion_knows_the_options(cli: Cli, shell: str) -> None:
    ran = cli.run(
        _SCAFFOLD_COMPLETE=f"complete_{shell}",
        COMP_WORDS="scaffold new --fr",
        COMP_CWORD="2",
        _TYPER_COMPLETE_ARGS="scaffold new --fr",
        _TYPER_COMPLETE_FISH_ACTION="get-args",
    )
    assert "--framework" in ran.out


def test_shell_completion_knows_the_resources_of_the_project(cli: Cli) -> None:
    words = "scaffold generate field o"

    def offered() -> str:
        ran = cli.run(_SCAFFOLD_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD="3")
        return ran.out

    assert offered().split() == []
    (cli.cwd / ".copier-answers.yml").write_text(
        "_src_path: t\n_commit: v1\nresources: [{name: items}, {name: orders}, {field_of: orders}]\n"
    )
    assert offered().split() == ["orders"]


def test_the_help_names_every_question_and_choice(cli: Cli) -> None:
    shown = " ".join(cli.run("new", "--help").out.split())
    for name in ASKED:
        if name == "resources":
            continue  # that is what --resource and --no-items answer
        assert f" {flag(name)} " in shown
        if name in VALUES and ASKED[name]["type"] != "bool":
            assert f": {alternatives(VALUES[name])}." in shown


@pytest.mark.parametrize("command", ["add", "remove"])
def test_the_help_names_every_feature(cli: Cli, command: str) -> None:
    shown = " ".join(cli.run(command, "--help").out.split())
    features = [name for name, values in VALUES.items() if {False, "none"} & set(values)]
    assert f" {alternatives(features)}" in shown
