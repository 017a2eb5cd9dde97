"""Several projects are a table, and below it what is left to do."""

from dataclasses import replace
from pathlib import Path

import pytest

from scaffold.errors import Conflicts
from scaffold.output import several
from scaffold.project.skipped import Skipped
from scaffold.update.plan import BrokenImport, Update
from scaffold.update.project_result import (
    INTERRUPTED,
    NOT_BEGUN,
    NOTHING_TO_ABORT,
    ProjectResult,
    Results,
    of_error,
    of_plan,
)
from tests.unit.cli.conftest import planned
from tests.unit.output.samples import RESULTS, UPDATE

Capture = pytest.CaptureFixture[str]


def shown(capsys: Capture, *projects: ProjectResult, diff: bool = False) -> str:
    several.results(Results(projects), diff=diff)
    return capsys.readouterr().out


def test_several_projects_are_a_line_each_a_count_and_what_is_left_to_do(capsys: Capture) -> None:
    assert shown(capsys, *RESULTS.projects) == (
        "a       conflicts in 1 file: v1.0.0 → v2.0.0\n"
        "longer  up to date (v2.0.0)\n"
        "c       failed: dirty: x.py\n"
        "d       skipped: not a project\n"
        "e       taken back: the update to v2.0.0\n"
        "5 projects: 1 taken back, 1 up to date, 1 with conflicts, 1 failed, 1 skipped\n"
        "\n"
        "Answers\n"
        "  ml: not asked → Yes  (a)\n"
        "  database: none → sqlite  (a)\n"
        "\n"
        "Left to do\n"
        "  a  c.py: edit it\n"
        "  c  commit or stash\n"
        "\n"
        "Next, in each that was updated\n"
        "  git diff --cached\n"
        "  uv run poe lint && uv run poe test\n"
        "  git commit\n"
        "\n"
        "`scaffold update --abort PATH…` takes back what is not committed\n"
    )


PLAN = planned("added")
BROKEN = replace(PLAN, imports=(BrokenImport("a.py", 1, "app.x", ""),) * 2)
WAITING = Conflicts("the update to v2 waits for you: a.py", "resolve them")


@pytest.mark.parametrize(
    ("project", "line"),
    [
        (of_plan(Path("a"), PLAN), "a  to update: v1 → v2"),
        (of_plan(Path("a"), Update(PLAN, (), ())), "a  updated: v1 → v2"),
        (of_plan(Path("a"), replace(PLAN, new="v1")), "a  to update: v1"),
        (of_plan(Path("a"), BROKEN), "a  imports to change in 1 file: v1 → v2"),
        (of_error(Path("a"), WAITING), "a  conflicts: the update to v2 waits for you: a.py"),
        (ProjectResult(Path("a"), NOTHING_TO_ABORT), "a  no update to take back"),
        (ProjectResult(Path("a"), NOT_BEGUN), "a  not begun"),
        (ProjectResult(Path("a"), INTERRUPTED), "a  interrupted: as before"),
        (
            ProjectResult(Path("a"), INTERRUPTED, written=True),
            "a  interrupted: all of it is written",
        ),
    ],
)
def test_each_result_has_its_line(capsys: Capture, project: ProjectResult, line: str) -> None:
    assert shown(capsys, project).splitlines()[0] == line


def test_the_same_answer_of_several_projects_is_told_once(capsys: Capture) -> None:
    plan = replace(PLAN, answers={"mood": (None, "calm")})
    out = shown(capsys, of_plan(Path("a"), plan), of_plan(Path("b"), plan))
    assert "\nAnswers\n  mood: not asked → calm  (a, b)\n" in out


def test_what_was_left_out_and_what_breaks_is_left_to_do(capsys: Capture) -> None:
    skipped = Skipped("lock", "no network", "uv lock")
    out = shown(capsys, of_plan(Path("a"), Update(BROKEN, (skipped,), ())))
    assert "  a  a.py:1 imports app.x, which is gone\n" in out
    assert "  a  uv lock    # lock was skipped: no network\n" in out


def test_what_is_only_planned_will_be_left_to_do_and_has_nothing_next(capsys: Capture) -> None:
    out = shown(capsys, of_plan(Path("a"), UPDATE))
    assert "\nWhat will be left to do\n  a  c.py: edit it\n" in out
    assert "Next" not in out


def test_every_changed_line_comes_before_the_table(capsys: Capture) -> None:
    out = shown(capsys, of_plan(Path("a"), UPDATE), diff=True)
    assert out.startswith("a\n\n  added     a.py\n")
    assert out.index("diff --git\n") < out.index("a  conflicts in 1 file")
