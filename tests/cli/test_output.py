"""What a person reads and what a program reads."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Repository

WRITTEN = [".copier-answers.yml", ".env.example", ".gitignore", "README.md", "app/main.py"]


def content(folder: Path) -> dict[str, bytes]:
    """Everything but git's own files, and secrets: no two projects share them."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not {".git", ".env"} & set(path.relative_to(folder).parts)
    }


def test_the_summary_shows_the_tree_the_answers_and_what_to_do_next(cli: Cli) -> None:
    ran = cli.new("api", "--yes")
    for words in (
        f"Created {cli.cwd / 'api'}",
        "├── README.md",
        "    └── main.py",
        "database      sqlite",
        "cd api\n  uv sync\n  uv run poe dev",
    ):
        assert words in ran.out


def test_the_next_commands_can_be_pasted(cli: Cli) -> None:
    assert "cd 'My API'" in cli.new("My API", "--yes", "--name=api").out


@pytest.mark.parametrize(
    "args",
    [
        ["--yes"],
        ["--yes", "--framework=flask", "--database=none", "--author=", "--websockets"],
        ["--yes", "--description=It's $HOME; \"really\" -- 'so'", "--data=auth=jwt"],
        ["--yes", "--description=--yes", "--data=workers=3", "--data=docs=false", "--no-git"],
        ["--yes", "--no-websockets"],
    ],
    ids=["defaults", "choices", "quotes", "data", "negation"],
)
def test_the_last_line_reproduces_the_run_exactly(
    cli: Cli, template: Repository, args: list[str]
) -> None:
    command = cli.new("api", *args).out.splitlines()[-1]
    (cli.cwd / "api").rename(cli.cwd / "first")
    template.commit({"template/README.md.jinja": "a later version"})
    words = shlex.split(command)
    assert words[:3] == ["scaffold", "new", "api"]
    assert cli.run(*words[1:], SCAFFOLD_TEMPLATE="").code == 0
    assert content(cli.cwd / "api") == content(cli.cwd / "first")
    assert (cli.cwd / "api" / ".git").exists() == ("--no-git" not in args)


def test_dry_run_shows_the_files_and_writes_none(cli: Cli) -> None:
    before = os.stat(cli.cwd).st_mtime_ns
    ran = cli.new("a/api", "--yes", "--dry-run")
    assert ran.code == 0
    assert [name for name in WRITTEN if name.rpartition("/")[2] not in ran.out] == []
    assert os.listdir(cli.cwd) == []
    assert os.stat(cli.cwd).st_mtime_ns == before, "not even for a moment"


def test_dry_run_refuses_what_a_run_would_refuse(cli: Cli) -> None:
    (cli.cwd / "api").mkdir()
    (cli.cwd / "api" / "mine").touch()
    assert "not empty" in cli.refused("api", "--yes", "--dry-run")


def test_dry_run_lists_the_lock_file_where_one_would_be_made(cli: Cli) -> None:
    assert "uv.lock" in cli.run("new", "api", "--yes", "--dry-run", "--json").json["files"]
    assert "uv.lock" not in cli.new("api", "--yes", "--dry-run", "--json").json["files"]


def test_json_describes_the_project(cli: Cli, template: Repository) -> None:
    ran = cli.new("api", "--yes", "--json")
    result = ran.json
    assert ran.code == 0
    assert ran.out.count("\n") == 1
    assert result["status"] == "created"
    assert result["path"] == str(cli.cwd / "api")
    assert result["files"] == WRITTEN
    assert result["answers"]["workers"] == 2
    assert result["template"]["ref"] == template.git("rev-parse", "HEAD")
    assert result["next"] == ["cd api", "uv sync", "uv run poe dev"]
    assert result["command"].startswith("scaffold new api --yes ")
    assert result["check"] is None


def test_json_describes_a_plan(cli: Cli) -> None:
    planned = cli.new("api", "--yes", "--json", "--dry-run").json
    created = cli.new("api", "--yes", "--json").json
    assert planned["status"] == "planned"
    assert {key: created[key] for key in planned if key != "status"} == {
        key: value for key, value in planned.items() if key != "status"
    }


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["api", "--yes", "--database=oracle"], 2, "oracle"),
        (["api"], 2, "--name"),
        (["api", "--frob"], 2, "--frob"),
        ([], 2, "DEST"),
        (["/proc/api", "--yes"], 1, "cannot write"),
    ],
)
def test_json_describes_an_error(cli: Cli, args: list[str], code: int, words: str) -> None:
    ran = cli.new(*args, "--json")
    assert ran.code == ran.json["exit_code"] == code
    assert ran.json["status"] == "error"
    assert words in ran.json["error"]["message"]


def test_json_never_asks_even_in_a_terminal(cli: Cli) -> None:
    terminal = cli.terminal("new", "api", "--json")
    terminal.expect("no terminal to ask in|nothing answers")
    terminal.expect_exact("--name")
    terminal.wait()
    assert terminal.exitstatus == 2


def test_names_and_answers_are_utf8_where_the_locale_knows_only_ascii(cli: Cli) -> None:
    plain = {
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": "ascii",
    }
    new = ("new", "--no-install", "--yes", "--name=api", "--author=Zoë")
    ran = cli.process(*new, "für-mich", **plain)
    assert ran.code == 0, ran.err
    ran = cli.process(*new, "für-dich", "--json", **plain)
    assert ran.json["path"] == str(cli.cwd / "für-dich")
    assert ran.json["answers"]["author"] == "Zoë"


@pytest.mark.parametrize("redirect", [">&-", "2>&-", "<&-", "| true", ">/dev/full"])
def test_a_missing_stream_shows_no_traceback_and_the_project_stands(
    cli: Cli, redirect: str
) -> None:
    command = shlex.join(cli.command("new", "api", "--yes", "--no-install"))
    done = subprocess.run(  # noqa: S602 - the shell is what makes such streams
        f"{command} {redirect}",
        shell=True,
        cwd=cli.cwd,
        env=cli.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert (cli.cwd / "api" / "README.md").is_file()


def test_a_traceback_is_shown_only_under_debug(cli: Cli) -> None:
    args = cli.command("new", "api", "--yes", "--database=oracle")
    done = subprocess.run(  # noqa: S603 - the tool itself
        [*args, "--debug"], cwd=cli.cwd, env=cli.env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Traceback" in done.stderr
    assert "error: --database" in done.stderr
