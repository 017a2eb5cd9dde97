"""Whatever kills a run, at whatever moment: the project is as it was, or updated whole."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.cli.conftest import PATIENCE, Cli, make_repository
from tests.update.conftest import FILES, Project, Template, everything, lines, make_project

KILLS = int(os.environ.get("SCAFFOLD_KILLS", "6"))  # of each command
# Enough that a run can be caught in the middle.
MANY = {f"app/module_{n}.py": lines(f"module {n}") for n in range(100)}
CHANGED = {name: text.replace(" 5\n", " five\n") for name, text in MANY.items()}


@dataclass(frozen=True)
class Case:
    """A project to update, how it is before and after, and how long that takes."""

    project: Project
    before: object
    after: object
    seconds: float


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A project with a change of its own, and a release that changes, adds, moves and removes files."""
    folder = tmp_path_factory.mktemp("killed")
    template = Template(make_repository(folder / "template", FILES).path)
    template.release("v1.0.0", MANY)
    for name in ("work", "home"):
        (folder / name).mkdir()
    project = make_project(Cli(folder / "work", folder / "home"), template, "api")
    project.commit({"app/main.py": lines("main", {15: "mine"}), "mine.py": "mine\n"})
    template.git("mv", "template/app/module_7.py", "template/app/moved.py")
    change = {name: text for name, text in CHANGED.items() if name != "app/module_7.py"}
    template.release("v1.1.0", {**change, "app/new.py": "new\n"}, without=["app/old.py"])
    before, trial = project.state(), copy(project, folder / "trial")
    begun = time.monotonic()
    assert trial.cli.process("update", "--no-install").code == 0
    return Case(project, before, trial.state(), time.monotonic() - begun)


def copy(project: Project, place: Path) -> Project:
    """The same project somewhere else."""
    shutil.copytree(project.path, place / "api", symlinks=True)
    return Project(place / "api", Cli(place / "api", project.cli.home))


def start(project: Project, *args: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the tool itself
        project.cli.command(*(args or ("update", "--no-install"))),
        cwd=project.cli.cwd,
        env=project.cli.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the tool and what runs in its group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)


def at_work(folder: Path) -> Iterator[int]:
    """The processes that work in a folder."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile, or is not ours
            if (process / "cwd").readlink().is_relative_to(folder):
                yield int(process.name)


def until(what: str, condition: Callable[[], bool], pause: float = 0.001) -> None:
    """Watch closely, but leave the processor to what is waited for."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(pause)


def settled(project: Project) -> object:
    """The state of a project, once nobody works on it."""
    until("nobody works on it", lambda: not any(at_work(project.path)), pause=0.02)
    return project.state()


def journals(project: Project) -> Path:
    return project.path / ".git" / "scaffold-update"


def changed(project: Project, name: str = "app/module_0.py") -> bool:
    with suppress(FileNotFoundError):
        return (project.path / name).read_text() != MANY[name]
    return False


MOMENTS: dict[str, Callable[[Project], bool]] = {
    "git locks the index": lambda project: (project.path / ".git/index.lock").exists(),
    "the journal is begun": lambda project: journals(project).exists(),
    "the journal is written": lambda project: any(journals(project).glob("unfinished-*/new/app/*")),
    "the journal is published": lambda project: (journals(project) / "top").exists(),
    "the first file changes": changed,
    "many files have changed": lambda project: changed(project, "app/module_50.py"),
    "all is done": lambda project: (journals(project) / "top" / "applied").exists(),
}


def assert_whole(case: Case, project: Project) -> None:
    """The project is as it was or updated, and the next run of the tool makes it updated."""
    state = settled(project)
    assert state in (case.before, case.after)
    ran = project.update()
    assert ran.code == 0, ran.err
    assert project.state() == case.after
    assert not list(journals(project).glob("unfinished-*"))
    project.git("fsck", "--strict")


@pytest.mark.parametrize("number", range(KILLS))
def test_a_kill_at_any_moment_leaves_the_project_as_it_was_or_updated(
    case: Case, tmp_path: Path, number: int
) -> None:
    project = copy(case.project, tmp_path)
    moment = random.Random(number).uniform(0, case.seconds)  # noqa: S311
    process = start(project)
    with suppress(subprocess.TimeoutExpired):
        process.wait(moment)
    kill(process)
    assert_whole(case, project)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_kill_while_the_update_is_written_leaves_the_project_as_it_was_or_updated(
    case: Case, tmp_path: Path, moment: str
) -> None:
    project = copy(case.project, tmp_path)
    process = start(project)
    until(moment, lambda: MOMENTS[moment](project) or process.poll() is not None)
    kill(process)
    assert_whole(case, project)


def test_a_kill_once_the_first_file_changed_does_not_stop_the_update(
    case: Case, tmp_path: Path
) -> None:
    project = copy(case.project, tmp_path)
    process = start(project)
    until("the first file changes", lambda: changed(project))
    kill(process)
    assert settled(project) == case.after


def test_the_next_run_may_follow_a_kill_at_once(case: Case, tmp_path: Path) -> None:
    project = copy(case.project, tmp_path)
    process = start(project)
    until("the first file changes", lambda: changed(project))
    kill(process)
    ran = project.update()
    assert ran.code == 0, ran.err
    assert settled(project) == case.after


def test_of_runs_at_once_one_updates_and_the_others_find_it_done(
    case: Case, tmp_path: Path
) -> None:
    project = copy(case.project, tmp_path)
    processes = [start(project) for _ in range(3)]
    assert [process.wait(PATIENCE) for process in processes] == [0, 0, 0]
    assert project.state() == case.after
    assert project.abort().code == 0
    assert project.state() == case.before


# A machine that goes down takes the process with it that carries the update out.


def crash(project: Project, process: subprocess.Popen[bytes]) -> None:
    """Kill everything that works on a project."""
    while processes := [process.pid, *at_work(project.path)]:
        for number in processes:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        process.wait(PATIENCE)
        if not any(at_work(project.path)):
            return


@pytest.fixture
def cut_off(case: Case, tmp_path: Path) -> Project:
    """A project whose update stopped half-way."""
    for attempt in range(20):
        project = copy(case.project, tmp_path / str(attempt))
        process = start(project)
        until("the first file changes", partial(changed, project))
        crash(project, process)
        (project.path / ".git/index.lock").unlink(missing_ok=True)
        if not MOMENTS["all is done"](project):
            return project
    raise AssertionError("every update was done before it could be stopped")


def test_an_update_that_a_crash_cut_off_is_finished_by_the_next_run(
    case: Case, cut_off: Project
) -> None:
    assert cut_off.state() not in (case.before, case.after)
    ran = cut_off.update()
    assert ran.code == 0, ran.err
    assert "note: the update to v1.1.0 was cut off; it is finished now\n" in ran.err
    assert cut_off.state() == case.after


def test_an_update_that_a_crash_cut_off_is_taken_back_by_abort(
    case: Case, cut_off: Project
) -> None:
    ran = cut_off.abort()
    assert ran.code == 0, ran.err
    assert cut_off.state() == case.before
    assert cut_off.git("for-each-ref", "refs/scaffold") == ""


def test_an_abort_that_a_crash_cut_off_is_finished_by_the_next_one(
    case: Case, tmp_path: Path
) -> None:
    project = copy(case.project, tmp_path)
    assert project.update().code == 0
    process = start(project, "update", "--abort")
    until("the first file is back", lambda: not changed(project))
    crash(project, process)
    (project.path / ".git/index.lock").unlink(missing_ok=True)
    project.abort()
    assert project.state() == case.before
    assert project.update().code == 0
    assert project.state() == case.after


def test_a_kill_once_the_first_file_is_back_does_not_stop_an_abort(
    case: Case, tmp_path: Path
) -> None:
    project = copy(case.project, tmp_path)
    assert project.update().code == 0
    process = start(project, "update", "--abort")
    until("the first file is back", lambda: not changed(project))
    kill(process)
    assert settled(project) == case.before


@pytest.mark.parametrize("committed", [False, True])
def test_edits_made_after_a_crash_are_not_lost(cut_off: Project, committed: bool) -> None:
    (cut_off.path / "app/module_0.py").write_text("edited\n")
    if committed:
        cut_off.git("add", "app/module_0.py")
        cut_off.git("commit", "--quiet", "-m", "After the crash")
    ran = cut_off.update()
    kept = cut_off.git("for-each-ref", "--format=%(refname)", "refs/scaffold").splitlines()
    found = [cut_off.git("show", f"{name}:app/module_0.py") for name in kept]
    assert "edited" in [cut_off.read("app/module_0.py").strip(), *found], ran


@pytest.mark.parametrize("way", ["moved", "copied"])
def test_a_project_that_was_moved_or_copied_is_taken_back_where_it_is(
    case: Case, tmp_path: Path, way: str
) -> None:
    project = copy(case.project, tmp_path / "here")
    assert project.update().code == 0
    place = tmp_path / "there"
    if way == "moved":
        place.mkdir()
        moved = Project(project.path.rename(place / "api"), Cli(place / "api", project.cli.home))
    else:
        moved = copy(project, place)
    assert moved.abort().code == 0
    assert moved.state() == case.before
    assert project.path.exists() == (way == "copied")
    if way == "copied":
        assert project.state() == case.after


@pytest.mark.parametrize("number", range(KILLS))
def test_a_kill_at_any_moment_of_new_leaves_the_whole_project_or_nothing(
    case: Case, bare_cli: Cli, number: int
) -> None:
    template = case.project.path.parents[1] / "template"
    command = ("new", "api", "--yes", "--no-install", f"--template={template}", "--ref=v1.0.0")
    folder = Project(bare_cli.cwd / "api", bare_cli)
    process = start(folder, *command)
    with suppress(subprocess.TimeoutExpired):
        process.wait(random.Random(number).uniform(0, case.seconds))  # noqa: S311
    kill(process)
    if not folder.path.exists():
        assert bare_cli.run(*command).code == 0
    assert os.listdir(bare_cli.cwd) == ["api"], "what the killed run left is swept"
    assert folder.status() == []
    written = everything(folder.path).keys()
    assert written > {*MANY, "app/main.py", "README.md", ".copier-answers.yml"}
