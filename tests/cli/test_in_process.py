"""A call of the tool in this process is all that a process of its own would be."""

import os
import shutil
import signal
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Repository
from tests.support import in_process

CALLS = [
    pytest.param([], 0, id="nothing"),
    pytest.param(["new", "api", "--yes", "--no-install"], 0, id="new"),
    pytest.param(["new", "api", "--yes", "--no-install", "--auth=jwt", "--json"], 0, id="json"),
    pytest.param(["new", "api", "--frob", "--json"], 2, id="unknown-option-json"),
    pytest.param(["new", "/proc/api", "--yes", "--json"], 1, id="failure-json"),
    pytest.param(["check", "made"], 4, id="outdated"),
    pytest.param(["update", "made", "--dry-run", "--diff", "--json"], 3, id="conflict"),
    pytest.param(["diff", "made"], 0, id="diff"),
]


@pytest.fixture
def conflicting(cli: Cli, template: Repository) -> Cli:
    """The tool beside a project whose user and whose template changed the same line."""
    template.git("tag", "v1.0.0")
    assert cli.new("made", "--yes").code == 0
    Repository(cli.cwd / "made").commit({"README.md": "mine\n"})
    template.commit({"template/README.md.jinja": "theirs\n"})
    template.git("tag", "v1.1.0")
    return cli


@pytest.mark.parametrize(("args", "code"), CALLS)
def test_both_doors_lead_to_the_same(conflicting: Cli, args: list[str], code: int) -> None:
    cli = conflicting
    called = cli.run(*args)
    written = _files(cli.cwd / "api")
    shutil.rmtree(cli.cwd / "api", ignore_errors=True)
    assert called == cli.process(*args)
    assert called.code == code
    assert written == _files(cli.cwd / "api")


def _files(folder: Path) -> dict[str, bytes]:
    """What was written, but for what no two runs have in common: secrets, and git's own files."""
    return {
        str(path.relative_to(folder)): b"" if path.name == ".env" else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def test_a_traceback_is_shown_by_both_doors_under_debug(cli: Cli) -> None:
    args = ("new", "api", "--yes", "--database=oracle", "--debug")
    for door in (cli.run, cli.process):
        with pytest.raises(AssertionError, match="Traceback"):
            door(*args)


def test_a_call_sees_what_is_given_to_it_alone(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("GIT_DIR", "SCAFFOLD_TEMPLATE", "GIT_AUTHOR_NAME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    assert cli.new("one", "--yes", GIT_AUTHOR_NAME="Eve").code == 0
    assert cli.new("two", "--yes").code == 0
    monkeypatch.undo()
    authors = [Repository(cli.cwd / name).git("log", "--format=%an") for name in ("one", "two")]
    assert authors == ["Eve", "Ada"]


def test_what_a_call_prints_is_its_own(cli: Cli, capfd: pytest.CaptureFixture[str]) -> None:
    print("before")
    assert cli.run("new").code == 2
    os.write(1, b"after\n")
    assert capfd.readouterr() == ("before\nafter\n", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_during_a_call_ends_the_tests_too(
    cli: Cli, tmp_path: Path, number: signal.Signals
) -> None:
    heard = signal.getsignal(number) is not signal.SIG_IGN  # as under nohup
    stand_in_git(tmp_path, f"kill -{number.value} $PPID; exit 1")
    with pytest.raises(KeyboardInterrupt) if heard else nullcontext():
        cli.new("api", "--yes", PATH=f"{tmp_path}/bin:{os.environ['PATH']}")
    assert os.listdir(cli.cwd) == []


def stand_in_git(folder: Path, script: str) -> None:
    (folder / "bin").mkdir()
    (folder / "bin" / "git").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "bin" / "git").chmod(0o755)


def test_a_call_that_hangs_is_ended_with_a_word_on_which_it_was(
    cli: Cli, template: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_process, "_SECONDS", 1)
    stand_in_git(tmp_path, "exec sleep 600")
    ran = cli.new("api", "--yes", PATH=f"{tmp_path}/bin:{os.environ['PATH']}")
    assert ran.code == 1
    assert "RuntimeError: `scaffold new api --yes --no-install` is not done" in ran.err
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    assert sys.argv[0] != "scaffold"
