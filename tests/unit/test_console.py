"""Results go to stdout, everything else to stderr, in text or in JSON."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from scaffold.advice import advise
from scaffold.console import Console, tree
from scaffold.errors import Conflicts, ScaffoldError, UsageError
from scaffold.project import (
    Change,
    Check,
    Difference,
    Plan,
    Project,
    Skipped,
    Standing,
    Survey,
    Update,
    UpdatePlan,
)

Capture = pytest.CaptureFixture[str]
PLAN = Plan(
    path=Path("/srv/api"),
    src_path="gh:acme/t",
    version="v1.2.0",
    answers={"project_name": "api", "ml": True, "author": ""},
    files=("app/main.py", "app/items/routes.py", "README.md"),
    command="scaffold new api --yes",
)
CHANGES = (
    Change("a.py", "added"),
    Change("b.py", "merged", source="old.py"),
    Change("c.py", "conflict", "edit it"),
)
UPDATE = UpdatePlan(
    Path("/srv/api"),
    "gh:acme/t",
    "v1.0.0",
    "v2.0.0",
    {"ml": (None, True), "database": ("none", "sqlite")},
    CHANGES,
    "## 2.0.0\n\n- More",
    "diff --git\n",
)
NOTHING = UpdatePlan(Path("/srv/api"), "gh:acme/t", "v2.0.0", "v2.0.0", {}, (), "", "")


def said(capsys: Capture) -> Any:
    """The one object of JSON on stdout."""
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    return json.loads(out)


def test_a_note_is_told_at_once_and_kept_for_the_result(capsys: Capture) -> None:
    console = Console(as_json=True)
    console.note("mind the gap")
    assert capsys.readouterr() == ("", "note: mind the gap\n")
    console.aborted(Path("/x"), "v2")
    assert said(capsys) == {
        "status": "aborted",
        "path": "/x",
        "version": "v2",
        "notes": ["mind the gap"],
    }


def test_an_error_is_worded_with_its_hint(capsys: Capture) -> None:
    Console().error(ScaffoldError("it failed", "try again"))
    Console().error(UsageError("wrong"))
    assert capsys.readouterr() == ("", "error: it failed\nhint: try again\nerror: wrong\n")


def test_a_message_is_one_line_whatever_is_in_it(capsys: Capture) -> None:
    console = Console()
    console.note("a\nb\u2028c")
    console.error(ScaffoldError("café\x1b[31m\udce9"))
    assert capsys.readouterr().err == ("note: a\\nb\\u2028c\nerror: café\\x1b[31m\\udce9\n")


def test_an_error_is_a_result_in_json_too(capsys: Capture) -> None:
    Console(as_json=True).error(Conflicts("waiting", "resolve"))
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {
        "status": "error",
        "error": {"message": "waiting", "hint": "resolve"},
        "exit_code": 3,
        "notes": [],
    }
    assert captured.err == "error: waiting\nhint: resolve\n"


@pytest.mark.parametrize("debug", [True, False])
def test_a_traceback_is_shown_only_to_who_asks(capsys: Capture, debug: bool) -> None:
    Console(debug=debug).error(ScaffoldError("it failed"))
    assert ("scaffold.errors.ScaffoldError" in capsys.readouterr().err) is debug


def test_nobody_who_listens_to_stderr_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def write(self, _text: str) -> None:
            raise BrokenPipeError

        def flush(self) -> None:
            raise ValueError

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stderr", Broken())
    console = Console()
    console.note("unheard")
    with console.step("Working"):
        pass
    assert console.notes == ["unheard"]


def test_steps_and_progress_are_lines_where_there_is_no_terminal(capsys: Capture) -> None:
    console = Console()
    with console.step("Locking"):
        assert capsys.readouterr() == ("", "Locking …\n")
    with console.progress("Measuring", 2) as advance:
        advance("round 1")
        advance()
        advance("round 2")
    console.waiting("Asking")
    assert capsys.readouterr() == ("", "Measuring …\n  round 1\n  round 2\n")


def test_a_step_at_a_terminal_tells_how_long_it_took(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    console = Console()
    with console.step("Locking"):
        pass
    console.waiting("Asking 3 templates")
    with console.progress("Measuring", 2) as advance:
        advance("round 1")
        advance()
    captured = capsys.readouterr()
    assert re.search(r"Locking: \d+\.\d s\n", captured.err)
    assert "Asking 3 templates …\n" in captured.err
    assert captured.out == ""


def test_a_plan_shows_every_file_the_answers_and_the_command(capsys: Capture) -> None:
    Console().plan(PLAN)
    assert capsys.readouterr().out == (
        "Would create /srv/api with 3 files\n\n"
        "api/\n├── README.md\n└── app/\n    ├── items/\n    │   └── routes.py\n    └── main.py\n"
        "\nAnswers\n  project_name  api\n  ml            True\n  author\n"
        "\nTo create it:\n  scaffold new api --yes\n"
    )


def test_a_plan_in_json_has_the_same(capsys: Capture) -> None:
    Console(as_json=True).plan(PLAN)
    assert said(capsys) == {
        "status": "planned",
        "path": "/srv/api",
        "template": {"source": "gh:acme/t", "ref": "v1.2.0"},
        "answers": {"project_name": "api", "ml": True, "author": ""},
        "files": ["app/main.py", "app/items/routes.py", "README.md"],
        "command": "scaffold new api --yes",
        "notes": [],
    }


CHECK = Check({"lint": "passed", "test": "failed: exit code 1"}, True, {"status": "ok"}, "the log")
MADE = Project(PLAN, (Skipped("lock", "no network", "uv lock"),), ("cd api", "uv sync"), CHECK)


def test_a_project_is_shown_with_what_was_skipped_and_what_is_next(capsys: Capture) -> None:
    Console().project(MADE)
    captured = capsys.readouterr()
    assert captured.out.startswith("Created /srv/api\n\napi/\n├── README.md\n└── app/\n")
    assert "    ├── items/ (1 file)\n" in captured.out
    assert captured.out.endswith(
        "\nSkipped: lock, because no network\n  later: uv lock\n"
        "\nCheck\n  lint      passed\n  test      failed: exit code 1\n"
        "\nNext\n  cd api\n  uv sync\n"
        "\nThe same again\n  scaffold new api --yes\n"
    )
    assert captured.err == "\nthe log\n\n"


def test_a_project_in_json_has_its_check_or_none(capsys: Capture) -> None:
    console = Console(as_json=True)
    console.project(MADE)
    told = said(capsys)
    assert told["status"] == "created"
    assert told["skipped"] == [{"step": "lock", "reason": "no network", "command": "uv lock"}]
    assert told["check"] == {
        "passed": False,
        "steps": dict(CHECK.steps),
        "ready": True,
        "readyz": {"status": "ok"},
        "log": "the log",
    }
    assert told["next"] == ["cd api", "uv sync"]
    console.project(Project(PLAN, (), ()))
    assert said(capsys)["check"] is None


CHANGED = (
    "  added     a.py\n  merged    old.py → b.py\n  conflict  c.py  (edit it)\n"
    "\nAnswers\n  ml: not asked → True\n  database: none → sqlite\n"
    "\nNew in the template\n\n## 2.0.0\n\n- More\n"
)


def test_a_planned_update_is_shown_with_every_change(capsys: Capture) -> None:
    Console().update_plan(UPDATE, diff=False)
    assert capsys.readouterr().out == (f"Would update /srv/api from v1.0.0 to v2.0.0\n\n{CHANGED}")
    Console().update_plan(UPDATE, diff=True)
    assert capsys.readouterr().out.endswith("- More\n\ndiff --git\n")


def test_an_update_is_shown_with_what_is_next(capsys: Capture) -> None:
    skipped = (Skipped("lock", "no network", "uv lock"),)
    Console().updated(Update(UPDATE, skipped, ("git commit",)), diff=False)
    assert capsys.readouterr().out == (
        f"Updated /srv/api from v1.0.0 to v2.0.0\n\n{CHANGED}"
        "\nSkipped: lock, because no network\n  later: uv lock\n\nNext\n  git commit\n"
    )


def test_other_answers_at_the_same_version_are_an_update_at_it(capsys: Capture) -> None:
    plan = UpdatePlan(**{**vars(UPDATE), "new": "v1.0.0"})
    Console().update_plan(plan, diff=False)
    assert capsys.readouterr().out.startswith("Would update /srv/api at v1.0.0\n")


def test_where_nothing_changes_the_project_is_up_to_date(capsys: Capture) -> None:
    Console().update_plan(NOTHING, diff=True)
    Console().updated(Update(NOTHING, (), ("git commit",)), diff=True)
    assert capsys.readouterr().out == "/srv/api is up to date (v2.0.0)\n" * 2


@pytest.mark.parametrize(
    ("plan", "planned", "done"),
    [
        (UPDATE, "planned", "conflicts"),
        (UpdatePlan(**{**vars(UPDATE), "changes": CHANGES[:2]}), "planned", "updated"),
        (NOTHING, "up to date", "up to date"),
    ],
)
def test_an_update_in_json_says_how_it_ended(
    capsys: Capture, plan: UpdatePlan, planned: str, done: str
) -> None:
    console = Console(as_json=True)
    console.update_plan(plan, diff=False)
    first = said(capsys)
    assert first["status"] == planned
    assert "diff" not in first
    console.updated(Update(plan, (), ("git commit",)), diff=True)
    told = said(capsys)
    assert told == {
        **first,
        "status": done,
        "diff": plan.diff,
        "skipped": [],
        "next": ["git commit"],
    }


def test_changes_and_answers_in_json_have_names(capsys: Capture) -> None:
    Console(as_json=True).update_plan(UPDATE, diff=False)
    told = said(capsys)
    assert told["template"] == {"source": "gh:acme/t", "from": "v1.0.0", "to": "v2.0.0"}
    assert told["answers"]["ml"] == {"from": None, "to": True}
    assert told["changes"][1] == {
        "path": "b.py",
        "status": "merged",
        "reason": "",
        "source": "old.py",
    }


def test_an_update_that_was_taken_back_is_named(capsys: Capture) -> None:
    Console().aborted(Path("/srv/api"), "v2.0.0")
    assert capsys.readouterr().out == "Took the update of /srv/api to v2.0.0 back\n"


@pytest.mark.parametrize(
    ("changes", "status", "text"),
    [
        ((Change("a", "changed"),), "different", "diff\n"),
        ((), "same", "/x is as v1 of its template made it\n"),
    ],
)
def test_a_difference_is_shown_or_said_not_to_be(
    capsys: Capture, changes: tuple[Change, ...], status: str, text: str
) -> None:
    difference = Difference(Path("/x"), "gh:a/t", "v1", changes, "diff\n" if changes else "")
    Console().difference(difference)
    assert capsys.readouterr().out == text
    Console(as_json=True).difference(difference)
    told = said(capsys)
    assert told["status"] == status
    assert told["template"] == {"source": "gh:a/t", "ref": "v1"}
    assert told["diff"] == difference.text
    assert len(told["changes"]) == len(changes)


SURVEY = Survey(
    (
        Standing(Path("a"), "up to date", "v2", "v2", "gh:a/t"),
        Standing(Path("longer"), "outdated", "v1", "v2", "gh:a/t"),
        Standing(Path("c"), "error", "v1", error=ScaffoldError("unreachable")),
        Standing(Path("d"), "error", error=UsageError("no project", "name another")),
    )
)


def test_a_survey_is_a_line_for_each_project_and_a_count(capsys: Capture) -> None:
    Console().survey(SURVEY)
    assert capsys.readouterr() == (
        (
            "a       up to date (v2)\n"
            "longer  outdated: v1 → v2\n"
            "c       unknown: unreachable\n"
            "3 projects: 1 up to date, 1 outdated, 1 unknown\n"
        ),
        "error: no project\nhint: name another\n",
    )


def test_one_project_is_not_counted(capsys: Capture) -> None:
    Console().survey(Survey(SURVEY.projects[:1]))
    assert capsys.readouterr() == ("a  up to date (v2)\n", "")


def test_a_survey_in_json_has_every_project(capsys: Capture) -> None:
    Console(as_json=True).survey(SURVEY)
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert told["status"] == "error"
    assert [project["status"] for project in told["projects"]] == [
        "up to date",
        "outdated",
        "error",
        "error",
    ]
    assert told["projects"][3] == {
        "path": "d",
        "status": "error",
        "version": None,
        "newest": None,
        "source": None,
        "error": {"message": "no project", "hint": "name another"},
    }
    assert told["projects"][0]["error"] is None
    assert captured.err == "error: no project\nhint: name another\n"


def test_a_document_is_shown_or_its_file_named(capsys: Capture) -> None:
    Console().exported("a: 1\n", None)
    Console().exported("a: 1\n", Path("t.yaml"))
    assert capsys.readouterr().out == "a: 1\nWrote t.yaml\n"


@pytest.mark.parametrize(
    ("profile", "first"),
    [
        ({}, "FastAPI: the default, as no answer speaks for either framework"),
        ({"serves": "api", "flask": "team"}, "FastAPI, 2 to 2: even, so it is the default"),
        ({"concurrency": "few"}, "Flask, 1 to 0: it is close"),
        ({"async": False}, "Flask, 2 to 0"),
    ],
)
def test_an_advice_begins_with_how_it_stands(
    capsys: Capture, profile: dict[str, Any], first: str
) -> None:
    Console().advice(advise(profile))
    assert capsys.readouterr().out.splitlines()[0] == first


def test_an_advice_shows_reasons_and_what_would_change_it(capsys: Capture) -> None:
    given = advise({"async": False, "api_docs": True})
    Console().advice(given)
    out = capsys.readouterr().out
    assert "\nFor it\n  2  --no-async: One call that blocks" in out
    assert "\nAgainst it\n  1  --api-docs: Both have" in out
    assert (
        "     property: on Flask a form or a header parameter needs a few lines more (docs/" in out
    )
    assert "\nAny one of these would change it\n" in out
    assert "  --serves api " in out
    assert "What does it serve first of all? An API for programs\n" in out
    assert out.endswith("\nNext\n  scaffold new DEST --framework flask\n")


def test_an_advice_in_json_has_everything(capsys: Capture) -> None:
    given = advise({"ml": True})
    Console(as_json=True).advice(given)
    told = said(capsys)
    assert told["framework"] == "fastapi"
    assert (told["grounded"], told["close"]) == (True, False)
    assert told["score"] == {"fastapi": 2, "flask": 0}
    assert told["profile"] == {"ml": True}
    assert told["reasons_for"][0]["question"] == "ml"
    assert told["reasons_against"] == []
    assert {"question": "serves", "answer": "pages"} in told["would_change"]
    assert told["command"] == given.command


@pytest.mark.parametrize(
    ("files", "depth", "lines"),
    [
        ([], None, []),
        (["b", "a"], None, ["├── a", "└── b"]),
        (["a/b", "a/c", "d"], 1, ["├── a/ (2 files)", "└── d"]),
        (["a/b/c"], 2, ["└── a/", "    └── b/ (1 file)"]),
        (["a/b/c", "ab"], None, ["├── a/", "│   └── b/", "│       └── c", "└── ab"]),
    ],
)
def test_paths_are_branches(files: list[str], depth: int | None, lines: list[str]) -> None:
    assert list(tree(files, depth)) == lines


def test_what_json_does_not_know_is_written_as_text(capsys: Capture) -> None:
    plan = Plan(**{**vars(PLAN), "answers": {"path": Path("/x")}})
    Console(as_json=True).plan(plan)
    assert said(capsys)["answers"] == {"path": "/x"}
