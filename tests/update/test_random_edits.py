"""Whatever a user edited, an update keeps it: random edits to random combinations, and a model that knows the outcome."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scaffold.console import Console
from scaffold.template import render
from scaffold.template.answers_file import Record
from scaffold.template.open_template import open_versions
from tests.cli.conftest import Cli, Ran, Repository
from tests.support import in_process
from tests.support.combinations import Combination, drawn
from tests.support.renderings import kept
from tests.update import release
from tests.update.conftest import Project, everything
from tests.update.edited import Files, files_in
from tests.update.edits import Edits

CASES = int(os.environ.get("SCAFFOLD_RANDOM_UPDATES", "30"))
ALIKE = 10  # so many cases in a row are of one combination
IN_TURN = drawn(max(1, CASES // ALIKE), os.environ.get("SCAFFOLD_SEED", "0"))
THROUGH_THE_PROGRAM = 60  # one case in so many runs it in processes of its own
MARKER = re.compile(rb"^<<<<<<< yours.*^>>>>>>> v0\.1\.0", re.MULTILINE | re.DOTALL)
TOKEN = re.compile(rb"# user-\d+-\d+")


class Started(Cli):
    """The tool as users run it, in a process of its own."""

    def run(self, *args: str, stdin: str = "", **env: str) -> Ran:
        return self.process(*args, stdin=stdin, **env)


@dataclass(frozen=True)
class Start:
    """A project that nobody edited yet, and what both versions make of its answers."""

    project: Path
    old: Files
    new: Files


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Combination], Start]]:
    """A new project of a combination."""
    folder = tmp_path_factory.mktemp("random")
    source = release.published(folder / "template")
    made: dict[Combination, Start] = {}

    def started(combination: Combination) -> Start:
        if combination not in made:
            made[combination] = _start(source, folder / str(combination), combination)
        return made[combination]

    with kept(folder / "renderings"):
        yield started


def _start(source: Repository, folder: Path, combination: Combination) -> Start:
    answers = {
        "project_name": "api",
        "description": "A web service.",
        "author": "",
        **combination.answers,
    }
    record = Record(f"git+{source.path.as_uri()}", release.OLD, answers)
    with (
        in_process.undone(),
        open_versions(record, release.NEW, None, Console()) as (old, new),
    ):
        render.render(old, folder / "old", answers, {})
        render.render(new, folder / "new", answers, {})
    start = Start(folder / "project", files_in(folder / "old"), files_in(folder / "new"))
    shutil.copytree(folder / "old", start.project)
    project = Repository(start.project)
    (start.project / ".env").write_text("JWT_SECRET=of-the-user\n")
    project.git("init", "--quiet", "--template=", "--initial-branch=main")
    project.git("add", "--all")
    project.git("commit", "--quiet", "-m", "First")
    project.git("gc", "--quiet")
    return start


@pytest.mark.parametrize("first", range(0, CASES, ALIKE))
def test_an_update_keeps_what_the_user_edited(
    start: Callable[[Combination], Start], first: int, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    combination = IN_TURN[first // ALIKE % len(IN_TURN)]
    beginning = start(combination)
    folder = tmp_path / "work"
    for number in range(first, min(first + ALIKE, CASES)):
        kind = Started if number % THROUGH_THE_PROGRAM == 0 else Cli
        shutil.copytree(beginning.project, folder)
        project = Project(folder, kind(folder, tmp_path / "home"))
        edits = Edits(number, beginning.old, beginning.new)
        try:
            edits.make()
            _carry_out(edits, project)
            _check(edits, project)
        except BaseException as error:
            error.add_note(f"case {number}, {combination}:\n  " + "\n  ".join(edits.told))
            raise
        shutil.rmtree(folder)


def _carry_out(edits: Edits, project: Project) -> None:
    """Write what the user did, and commit it."""
    there = files_in(project.path)
    for path in there.keys() - edits.committed.keys() - {".env"}:
        (project.path / path).unlink()
    _write(project.path, {p: f for p, f in edits.committed.items() if there.get(p) != f})
    project.git("add", "--all")
    project.git("commit", "--quiet", "--allow-empty", "-m", "Edit")
    _write(project.path, edits.uncommitted)


def _write(folder: Path, files: Files) -> None:
    for path, file in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.content)
        place.chmod(0o755 if file.executable else 0o644)


def _check(edits: Edits, project: Project) -> None:
    refused, planned, aborted = (edits.random.random() < share for share in (0.1, 0.2, 0.3))
    before = files_in(project.path)
    state = project.state() if refused or planned or aborted else None
    if refused:
        _expect_to_be_refused(project, state)
    if planned:
        plan = project.update("--dry-run", "--json")
        assert project.state() == state
    ran = project.update("--json")
    assert ran.code in (0, 3), ran
    after = files_in(project.path)
    _expect_the_outcome(edits, project, ran, before, after)
    _expect_what_was_said(ran.json["changes"], before, after)
    if planned:
        assert (plan.code, plan.json["changes"]) == (ran.code, ran.json["changes"])
    if aborted:
        assert project.abort().code == 0
        assert project.state() == state
    else:
        _expect_no_second_update(project, ran)


def _expect_to_be_refused(project: Project, state: object) -> None:
    """Where the update would write over a file that is in no commit, it does nothing."""
    in_the_way = project.path / ".copier-answers.yml"
    text = in_the_way.read_text()
    in_the_way.write_text(f"{text}# uncommitted\n")
    ran = project.update()
    assert (ran.code, in_the_way.read_text()) == (2, f"{text}# uncommitted\n")
    in_the_way.write_text(text)
    assert project.state() == state


def _expect_the_outcome(
    edits: Edits, project: Project, ran: Ran, before: Files, after: Files
) -> None:
    outcome = edits.outcome()
    conflicts = {change["path"] for change in ran.json["changes"] if change["status"] == "conflict"}
    undecided = {path for path in outcome.may if path in conflicts}.union(*outcome.must)
    # The release takes modules and lines away, and leaves what imports them as it is.
    for item in ran.json["imports"]:
        *_, last = item["name"].split(".")
        statement = after[item["path"]].content.decode().splitlines()[item["line"] - 1 :]
        assert last in "".join(statement)
        assert item["path"] not in conflicts
    assert ran.code == (3 if conflicts or ran.json["imports"] else 0)
    assert conflicts <= undecided
    assert all(paths & conflicts for paths in outcome.must)

    decided = {path: file for path, file in after.items() if path not in undecided}
    expected = {path: file for path, file in outcome.files.items() if path not in undecided}
    assert decided == expected | {".env": before[".env"]}
    assert outcome.stays.items() <= after.items()
    assert _tokens(before) == _tokens(after)
    marked = {path for path, file in after.items() if MARKER.search(file.content)}
    assert outcome.marked.keys() <= marked <= conflicts
    for path, lines in outcome.marked.items():
        assert lines <= set(map(bytes.strip, after[path].content.splitlines()))

    unmerged = _listed(project, "diff", "--name-only", "--diff-filter=U")
    assert conflicts == unmerged
    loose = _listed(project, "ls-files", "--modified", "--deleted", "--others", "--exclude=.env")
    assert loose - unmerged == edits.uncommitted.keys()


def _listed(project: Project, *command: str) -> set[str]:
    return {path for path in project.git(*command, "-z").split("\0") if path}


def _tokens(files: Files) -> set[bytes]:
    return {token for file in files.values() for token in TOKEN.findall(file.content)}


def _expect_what_was_said(changes: list[dict[str, Any]], before: Files, after: Files) -> None:
    differ = {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)}
    settled = {
        c["path"] for c in changes if c["status"] in ("added", "changed", "merged", "removed")
    }
    open_ = {c["path"] for c in changes if c["status"] == "conflict"}
    left = {c["source"] for c in changes if c["source"]}
    assert settled | left <= differ <= settled | left | open_
    added = {c["path"] for c in changes if c["status"] == "added"}
    removed = {c["path"] for c in changes if c["status"] == "removed"}
    assert added | removed <= differ
    assert not added & before.keys()
    assert not removed & after.keys()


def _expect_no_second_update(project: Project, ran: Ran) -> None:
    if any(change["status"] == "conflict" for change in ran.json["changes"]):
        state = project.state()
        assert project.update("--json").code == 3
        assert project.state() == state
        project.git("add", "--all")
    project.git("commit", "--quiet", "-m", "Update")
    before = everything(project.path)
    again = project.update("--json")
    assert (again.code, again.json["status"]) == (0, "up to date")
    assert everything(project.path) == before
