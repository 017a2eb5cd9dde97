"""What a template asks can be answered by options, whatever kind of question it is."""

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import Cli, Repository, make_repository

COPIER_YML = """
_subdirectory: template
project_name: api
colour:
  type: str
  help: Which colour it has. Nobody minds.
  default: red
  choices: {"Red: choose it": red, "Blue: avoid it": blue}
max_size: {type: int, help: How large it may be, default: 1, choices: [1, 2, 3]}
rate: {type: float, default: 0.5}
place: {type: path, help: "{{ project_name }} stands there", default: here}
token: {type: str, help: What signs, default: unset, secret: true}
tags: {type: str, help: What it is, multiselect: true, default: [a], choices: [a, b, c]}
limits: {type: json, help: What is allowed, default: "{}"}
shape: {type: yaml, default: 1}
docs: {type: bool, help: "Whether it has documents\\n  of its own.", default: true}
strict: {type: bool, default: false, choices: {"Yes": true, "No": false}}
dest: {type: str, default: there}
git: {type: bool, default: true}
data: {type: str, default: none}
name: {type: str, default: nobody}
"""
DEFAULTS = {
    "project_name": "api",
    "colour": "red",
    "max_size": 1,
    "rate": 0.5,
    "place": "here",
    "tags": ["a"],
    "limits": {},
    "shape": 1,
    "docs": True,
    "strict": False,
    "dest": "there",
    "git": True,
    "data": "none",
    "name": "nobody",
}
FILES = {
    "copier.yml": COPIER_YML,
    "template/{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers|to_nice_yaml }}",
    "template/token.jinja": "{{ token }}",
}


@pytest.fixture(scope="session")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A template with a question of each kind; no test changes it."""
    template = make_repository(tmp_path_factory.mktemp("kinds") / "template", FILES)
    template.git("tag", "v1.0.0")
    return template


@pytest.fixture
def cli(bare_cli: Cli, kinds: Repository) -> Cli:
    """The tool where that template is the user's default."""
    bare_cli.env["SCAFFOLD_TEMPLATE"] = str(kinds.path)
    return bare_cli


def answers(project: Path) -> dict[str, Any]:
    content = yaml.safe_load((project / ".copier-answers.yml").read_text())
    return {key: value for key, value in content.items() if not key.startswith("_")}


@pytest.mark.parametrize(
    ("args", "answer"),
    [
        (["--colour", "blue"], {"colour": "blue"}),
        (["--max-size=2"], {"max_size": 2}),
        (["--rate", "1.5"], {"rate": 1.5}),
        (["--place", "a/b"], {"place": "a/b"}),
        (["--tags", "[b, c]"], {"tags": ["b", "c"]}),
        (["--tags", "[]"], {"tags": []}),
        (["--limits", '{"a": [1]}'], {"limits": {"a": [1]}}),
        (["--shape", "{a: yes}"], {"shape": {"a": True}}),
        (["--no-docs"], {"docs": False}),
        (["--no-docs", "--docs"], {"docs": True}),
        (["--strict", "true"], {"strict": True}),
        (["--dest", "where"], {"dest": "where"}),
        (["--data", "git=no"], {"git": False}),
        (["--data", "data=x"], {"data": "x"}),
        (["--data", "name=x"], {"name": "x"}),
        (["--name", "shop"], {"project_name": "shop"}),
    ],
    ids=" ".join,
)
def test_an_option_answers_a_question_and_the_command_says_it_again(
    cli: Cli, args: list[str], answer: dict[str, Any]
) -> None:
    made = cli.new("api", *args, "--yes", "--no-git")
    assert made.code == 0, made.err
    assert answers(cli.cwd / "api") == DEFAULTS | answer
    command = made.out.splitlines()[-1].split("api ", 1)[1]
    assert cli.run("new", "again", *shlex.split(command)).code == 0
    assert answers(cli.cwd / "again") == DEFAULTS | answer


def test_a_secret_is_taken_and_not_said_again(cli: Cli) -> None:
    ran = cli.new("api", "--yes", "--token", "hunter2")
    assert (cli.cwd / "api/token").read_text() == "hunter2"
    assert "hunter2" not in ran.out + ran.err
    ran = cli.new("other", "--yes", "--token", "hunter2", "--json")
    assert "hunter2" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--colour=green"], ["--colour: 'green' is not one of red, blue"]),
        (["--max-size=5"], ["--max-size: '5' is not one of 1, 2, 3"]),
        (["--rate=fast"], ["--rate: 'fast' is not a number"]),
        (["--tags", "[a, d]"], ["--tags: 'd' is not one of a, b, c"]),
        (["--strict=perhaps"], ["--strict: 'perhaps' is not one of true, false"]),
        (["--limits", "{a"], ["--limits: '{a' is not JSON"]),
        (["--shape", "{a"], ["--shape: '{a' is not YAML"]),
        (["--docs=yes"], ["--docs", "does not take a value"]),
        (["--color=blue"], ["No such option: --color (Possible options: --colour)"]),
        (["--framework=flask"], ["No such option: --framework"]),
        (["--git"], ["No such option: --git"]),
    ],
    ids=" ".join,
)
def test_a_wrong_option_is_named_with_what_is_allowed(
    cli: Cli, args: list[str], words: list[str]
) -> None:
    message = cli.refused("api", "--yes", *args)
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize("args", [["--template", "TEMPLATE"], ["--template=TEMPLATE"]], ids=len)
def test_the_options_are_those_of_the_template_on_the_command_line(
    bare_cli: Cli, kinds: Repository, args: list[str]
) -> None:
    named = [word.replace("TEMPLATE", str(kinds.path)) for word in args]
    assert bare_cli.new("--colour", "blue", "api", *named, "--yes").code == 0
    assert answers(bare_cli.cwd / "api")["colour"] == "blue"
    assert bare_cli.new("--", "-api", *named).code == 2


def test_the_options_are_those_of_the_version_that_is_named(bare_cli: Cli, tmp_path: Path) -> None:
    template = make_repository(tmp_path / "template", FILES)
    template.git("tag", "v1.0.0")
    template.commit({"copier.yml": COPIER_YML.replace("colour", "shade")})
    bare_cli.env["SCAFFOLD_TEMPLATE"] = str(template.path)
    assert bare_cli.new("new", "--yes", "--shade=blue").code == 0
    assert bare_cli.new("old", "--yes", "--colour=blue", "--ref=v1.0.0").code == 0
    assert bare_cli.refused("api", "--yes", "--colour=blue") == (
        "error: No such option: --colour\n"
        f"hint: `scaffold new --help --template {template.path}` lists what there is\n"
    )


def test_a_template_is_fetched_once(bare_cli: Cli, kinds: Repository) -> None:
    url = f"file://{kinds.path}"
    ran = bare_cli.new("api", "--yes", "--colour=blue", f"--template={url}")
    assert ran.code == 0
    assert ran.err.count("Fetching the template") == 1
    assert answers(bare_cli.cwd / "api")["colour"] == "blue"
    assert list(bare_cli.home.glob("scaffold-*")) == []


def test_an_error_of_the_template_is_told_as_any_other(bare_cli: Cli) -> None:
    ran = bare_cli.run("new", "api", "--colour=blue", "--template=missing", "--json")
    assert (ran.code, ran.json["error"]["message"]) == (2, "there is no template at missing")


def test_the_help_is_that_of_the_template_on_the_command_line(
    bare_cli: Cli, kinds: Repository
) -> None:
    shown = " ".join(bare_cli.run("new", "--help", f"--template={kinds.path}").out.split())
    for line in (
        "--name <str> the folder's if left out.",
        "--colour <str> Which colour it has: red or blue.",
        "--max-size NUMBER How large it may be: 1, 2 or 3.",
        "--rate NUMBER --place PATH --token <str> What signs.",
        "--tags LIST What it is: a list of a, b or c.",
        "--limits JSON What is allowed.",
        "--shape YAML --docs / --no-docs Whether it has documents of its own.",
        "--strict <str> true or false.",
        "--dest <str> --data KEY=VALUE",
    ):
        assert line in shown


def test_a_comparison_has_the_options_of_its_template(cli: Cli) -> None:
    message = cli.run("compare", "--colour=green").err
    assert "--colour: 'green' is not one of red, blue" in message
