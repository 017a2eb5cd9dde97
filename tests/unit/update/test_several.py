"""Several projects are updated by themselves, whatever becomes of the others."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scaffold.console import Console
from scaffold.template import sources
from scaffold.update import journal, several, update
from scaffold.update.plan import UpdateRequest
from scaffold.update.project_result import Results
from scaffold.update.several import abort_updates, update_projects
from scaffold.update.update import update_project
from tests.cli.conftest import Repository

NAMES = ("first", "second", "third")


@pytest.fixture
def projects(
    generated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, Repository]]:
    """Three projects of release 1.0.0, each a repository of its own, and the folder around them."""
    monkeypatch.chdir(tmp_path)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield {
        name: Repository(Path(shutil.copytree(generated, tmp_path / name, symlinks=True)))
        for name in NAMES
    }
    signal.signal(signal.SIGINT, before)


def updated(*names: str, console: Console | None = None, **asked: Any) -> Results:
    request = UpdateRequest(Path(), install=False, **asked)
    paths = list(map(Path, names))
    return update_projects(paths, request, console or Console(), dry_run=False, colour=False)


def statuses(results: Results) -> dict[str, str]:
    return {str(project.path): project.status for project in results.projects}


def test_each_project_comes_to_its_own_end(projects: dict[str, Repository]) -> None:
    projects["first"].commit({"app/main.py": "one\ntwo\nthree\nfour\nmine\n"})
    (projects["second"].path / "app" / "main.py").write_text("dirty\n")
    Path("docs").mkdir()
    results = updated("first", "second", "docs", "third", "./third")
    assert statuses(results) == {
        "first": "conflicts",
        "second": "error",
        "docs": "error",
        "third": "updated",
    }
    assert results.exit_code == 2
    assert "mine" in (projects["first"].path / "app" / "main.py").read_text()
    assert (projects["second"].path / "app" / "main.py").read_text() == "dirty\n"
    assert (projects["third"].path / "app" / "new.py").read_text() == "new\n"
    projects["third"].commit({})
    again = updated(*NAMES)
    assert statuses(again) == {"first": "conflicts", "second": "error", "third": "up to date"}
    console = Console()
    aborted = abort_updates([Path(name) for name in (*NAMES, "docs")], console)
    assert statuses(aborted) == {
        "first": "aborted",
        "second": "nothing to abort",
        "third": "nothing to abort",
        "docs": "error",
    }
    assert "mine" in (projects["first"].path / "app" / "main.py").read_text()
    assert projects["first"].git("status", "--porcelain") == ""


def test_a_plan_of_several_projects_writes_nothing(projects: dict[str, Repository]) -> None:
    request = UpdateRequest(Path())
    paths = [Path("first"), Path("second")]
    results = update_projects(paths, request, Console(), dry_run=True, colour=False)
    assert statuses(results) == {"first": "planned", "second": "planned"}
    assert all(each.git("status", "--porcelain") == "" for each in projects.values())


def test_the_projects_of_one_repository_do_not_stop_each_other(
    generated: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NAMES:
        shutil.copytree(generated, repository.path / name, ignore=shutil.ignore_patterns(".git"))
    repository.commit({"first/app/main.py": "one\ntwo\nthree\nfour\nmine\n"})
    monkeypatch.chdir(repository.path)
    assert statuses(updated(*NAMES)) == {
        "first": "conflicts",
        "second": "updated",
        "third": "updated",
    }
    abort_updates([Path(name) for name in NAMES], Console())
    assert repository.git("status", "--porcelain") == ""


def test_a_template_is_fetched_once_for_all(
    projects: dict[str, Repository], released: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    fetch = sources.repository

    def counted(source: sources.Source, *args: Any) -> tuple[Path, str]:
        asked.append(source)
        return fetch(source, *args)

    monkeypatch.setattr(sources, "repository", counted)
    assert statuses(updated("first", "second")) == {"first": "updated", "second": "updated"}
    assert len(asked) == 1


def test_notes_say_which_project_they_are_about(
    projects: dict[str, Repository], monkeypatch: pytest.MonkeyPatch, console: Console
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(journal, "apply", lambda _: None)  # as if the machine had gone down
        updated("first")
    updated("first", "second", console=console)
    assert console.notes == ["first: the update to v1.1.0 was cut off; it is finished now"]


def test_a_fault_of_the_tool_ends_one_project_and_not_the_run(
    projects: dict[str, Repository],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def faulty(request: UpdateRequest, *args: Any, **options: Any) -> object:
        if request.path.name == "first":
            raise KeyError("x")
        return update_project(request, *args, **options)

    monkeypatch.setattr(several, "update_project", faulty)
    results = updated("first", "second", console=Console(debug=True))
    assert statuses(results) == {"first": "error", "second": "updated"}
    assert str(results.projects[0].error) == "this should not have happened: KeyError: 'x'"
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("moment", "status", "written"),
    [
        ("before it is written", "interrupted", False),
        ("once it is decided", "interrupted", True),
        ("while it is written", "updated", False),
    ],
)
def test_who_interrupts_finds_one_project_whole_and_the_rest_not_begun(
    projects: dict[str, Repository],
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    status: str,
    written: bool,
) -> None:
    place = {
        "before it is written": (vars(update), "write_merge"),
        "once it is decided": (vars(journal), "apply"),
        "while it is written": (vars(journal), "_carry_out_detached"),
    }[moment]
    original = place[0][place[1]]

    def interrupted(*args: Any) -> None:
        if moment == "while it is written":  # which waits for the writing, and goes on
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            original(*args)
        else:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setitem(*place, interrupted)
    results = updated(*NAMES)
    assert statuses(results) == {"first": status, "second": "not begun", "third": "not begun"}
    assert results.projects[0].written is written
    assert results.exit_code == 130
    new = projects["first"].path / "app" / "new.py"
    assert new.exists() is (written or status == "updated")
    assert not (projects["second"].path / "app" / "new.py").exists()
