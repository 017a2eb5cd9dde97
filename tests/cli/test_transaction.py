"""A project appears whole or not at all, whatever ends the run."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.conftest import FILES, HEEDING, PATIENCE, Cli, Gate, Repository

MANY = {f"template/app/module_{n}.py.jinja": "'{{ project_name }}'\n" for n in range(150)}


@pytest.fixture
def slow_cli(cli: Cli, template: Repository) -> Cli:
    """A template with enough files that a run can be caught in the middle."""
    template.commit(MANY)
    return cli


def started(cli: Cli, *args: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the tool itself
        [*HEEDING, *cli.command("new", *args, "--yes", "--no-install")],
        cwd=cli.cwd,
        env=cli.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """What a terminal or an out-of-memory killer does: the tool and git together."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    process.wait(PATIENCE)


def files(folder: Path) -> int:
    return sum(len(names) for _, _, names in os.walk(folder))


def until(process: subprocess.Popen[bytes], condition: Callable[[], bool], what: str) -> None:
    """Watch closely until the condition holds, or the process has ended."""
    deadline = time.monotonic() + PATIENCE
    while not condition() and process.poll() is None:
        assert time.monotonic() < deadline, f"waited in vain: {what}"


def staging(cli: Cli) -> list[Path]:
    return list(cli.cwd.glob(".scaffold-*"))


@pytest.fixture
def slower_cli(cli: Cli, template: Repository) -> Cli:
    """A template that takes ten seconds after its first files: what is done meanwhile is in the middle."""
    busy = "{% for _ in range(10) %}{% for _ in range(90_000) %}{% endfor %}{% endfor %}"
    template.commit({name: f"{busy}{text}" for name, text in MANY.items()})
    return cli


@pytest.fixture
def deadly_git(tmp_path: Path) -> Path:
    """A `git` that counts its calls and, at the one that KILL_AT names, kills who called it."""
    script = tmp_path / "bin" / "git"
    script.parent.mkdir()
    script.write_text(
        f"""#!/bin/sh
        echo >>{tmp_path}/calls
        [ "$(wc -l <{tmp_path}/calls)" -eq "${{KILL_AT:-0}}" ] && kill -KILL 0
        exec {shutil.which("git")} "$@"
        """
    )
    script.chmod(0o755)
    return script


def assert_whole(cli: Cli) -> None:
    project = Repository(cli.cwd / "a" / "b")
    assert project.git("status", "--porcelain") == ""
    assert len(project.git("ls-files").split()) == len(MANY) + len(FILES) - 2  # auth.py, copier.yml


def test_a_kill_at_any_call_of_git_leaves_nothing(
    slow_cli: Cli, deadly_git: Path, tmp_path: Path
) -> None:
    """Git is called before and after rendering, up to the first commit."""
    slow_cli.env["PATH"] = f"{deadly_git.parent}:{slow_cli.env['PATH']}"
    assert slow_cli.new("a/b", "--yes", "--name=b").code == 0
    assert_whole(slow_cli)
    shutil.rmtree(slow_cli.cwd / "a")
    calls = len((tmp_path / "calls").read_text())
    for moment in range(1, calls + 1):
        (tmp_path / "calls").unlink()
        slow_cli.env["KILL_AT"] = str(moment)
        process = started(slow_cli, "a/b", "--name=b")
        assert process.wait(PATIENCE) == -signal.SIGKILL, moment
        assert not (slow_cli.cwd / "a").exists(), moment
    del slow_cli.env["KILL_AT"]
    assert slow_cli.new("a/b", "--yes", "--name=b").code == 0
    assert_whole(slow_cli)
    assert os.listdir(slow_cli.cwd) == ["a"], "what killed runs left is swept"


@pytest.mark.parametrize("count", [1, len(MANY) // 2, len(MANY)])
def test_a_kill_while_files_are_written_leaves_the_whole_project_or_nothing(
    slow_cli: Cli, count: int
) -> None:
    process = started(slow_cli, "a/b", "--name=b")
    until(process, lambda: sum(map(files, staging(slow_cli))) >= count, f"{count} files")
    kill(process, signal.SIGKILL)
    if (slow_cli.cwd / "a").exists():
        assert_whole(slow_cli)


def test_a_kill_as_soon_as_the_project_is_seen_leaves_all_of_it(slow_cli: Cli) -> None:
    process = started(slow_cli, "a/b", "--name=b")
    until(process, lambda: (slow_cli.cwd / "a").exists(), "the project is there")
    kill(process, signal.SIGKILL)
    assert_whole(slow_cli)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_leaves_nothing_and_ends_with_130(
    slower_cli: Cli, number: signal.Signals
) -> None:
    process = started(slower_cli, "a/b", "--name=b")
    until(process, lambda: sum(map(files, staging(slower_cli))) >= 3, "3 files")
    kill(process, number)
    assert process.returncode == 130
    assert os.listdir(slower_cli.cwd) == []
    assert list(slower_cli.home.glob("*copier*")) == []
    assert list(slower_cli.home.glob("scaffold-*")) == []


def test_a_failure_leaves_nothing(cli: Cli, template: Repository) -> None:
    template.commit({"template/zzz.jinja": "{{ nothing.at.all }}"})
    assert cli.new("a/b/api", "--yes").code == 1
    assert os.listdir(cli.cwd) == []


def test_a_failure_keeps_the_empty_folder_that_was_there(cli: Cli, template: Repository) -> None:
    template.commit({"template/zzz.jinja": "{{ nothing.at.all }}"})
    (cli.cwd / "api").mkdir()
    assert cli.new("api", "--yes").code == 1
    assert os.listdir(cli.cwd) == ["api"]


def test_the_stage_of_a_run_under_way_is_left_alone(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, path = Gate(tmp_path / "gate"), cli.env["PATH"]
    script = tmp_path / "bin" / "git"
    script.parent.mkdir()
    script.write_text(
        f'#!/bin/sh\n[ "$1" = commit ] && cat {gate.path}\nexec {shutil.which("git")} "$@"\n'
    )
    script.chmod(0o755)
    monkeypatch.setitem(cli.env, "PATH", f"{script.parent}:{path}")
    process = started(cli, "b")
    monkeypatch.undo()
    with gate.reached(process):
        stage = staging(cli)
        assert stage
        assert cli.new("b", "--yes").code == 0
        assert staging(cli) == stage
    assert process.wait(PATIENCE) == 1, "the first to be done wins"
    assert os.listdir(cli.cwd) == ["b"]


def test_nothing_but_the_project_stays_behind(cli: Cli) -> None:
    before = sorted(cli.home.rglob("*"))
    assert cli.new("api", "--yes").code == 0
    assert os.listdir(cli.cwd) == ["api"]
    assert sorted(cli.home.rglob("*")) == before, "no cache, no temporary files"
