"""What people read of the result of a command."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scaffold.advise.advice import give_advice
from scaffold.output import text
from scaffold.project.skipped import Skipped
from scaffold.update.plan import AbortedUpdate, BrokenImport, Change, Difference, Update, UpdatePlan
from scaffold.update.project_status import Report
from tests.unit.output.samples import MADE, NOTHING, PLAN, REPORT, UPDATE

Capture = pytest.CaptureFixture[str]
ITEMS = {"name": "items", "singular": "item", "fields": ["name:str:100"]}
ORDERS = {"name": "orders", "singular": "order", "fields": ["a:int"]}


def test_a_plan_shows_every_file_the_answers_and_the_command(capsys: Capture) -> None:
    text.new_plan(PLAN)
    assert capsys.readouterr().out == (
        "Would create /srv/api with 3 files\n\n"
        "api/\n├── README.md\n└── app/\n    ├── items/\n    │   └── routes.py\n    └── main.py\n"
        "\nAnswers\n  project_name  api\n  ml            Yes\n  author\n"
        "\nTo create it:\n  scaffold new api --yes\n"
    )


def test_a_project_is_shown_with_what_was_skipped_and_what_is_next(capsys: Capture) -> None:
    text.new_project(MADE)
    captured = capsys.readouterr()
    assert captured.out.startswith("Created /srv/api\n\napi/\n├── README.md\n└── app/\n")
    assert "    ├── items/ (1 file)\n" in captured.out
    assert captured.out.endswith(
        "\nSkipped: lock, because no network\n  later: uv lock\n"
        "\nCheck\n  lint      passed\n  test      failed: exit code 1\n"
        "\nNext\n  cd api\n  uv sync\n\n`sync` installs it\n"
        "\nThe same again\n  scaffold new api --yes\n"
    )
    assert captured.err == "\nthe log\n\n"


CHANGED = (
    "  added     a.py\n  merged    old.py → b.py\n  conflict  c.py  (edit it)\n"
    "\nAnswers\n  ml: not asked → Yes\n  database: none → sqlite\n"
    "\nNew in the template\n\n## 2.0.0\n\n- More\n"
)


def test_a_planned_update_is_shown_with_every_change(capsys: Capture) -> None:
    text.update_plan(UPDATE, diff=False)
    assert capsys.readouterr().out == (f"Would update /srv/api from v1.0.0 to v2.0.0\n\n{CHANGED}")
    text.update_plan(UPDATE, diff=True)
    assert capsys.readouterr().out.endswith("- More\n\ndiff --git\n")


def test_an_update_is_shown_with_what_is_next(capsys: Capture) -> None:
    skipped = (Skipped("lock", "no network", "uv lock"),)
    text.update(Update(UPDATE, skipped, ("git commit",)), diff=False)
    assert capsys.readouterr().out == (
        f"Updated /srv/api from v1.0.0 to v2.0.0\n\n{CHANGED}"
        "\nSkipped: lock, because no network\n  later: uv lock\n\nNext\n  git commit\n"
    )


def test_other_answers_at_the_same_version_are_an_update_at_it(capsys: Capture) -> None:
    plan = UpdatePlan(**{**vars(UPDATE), "new": "v1.0.0"})
    text.update_plan(plan, diff=False)
    assert capsys.readouterr().out.startswith("Would update /srv/api at v1.0.0\n")


def test_what_a_file_imports_or_uses_and_is_gone_is_listed(capsys: Capture) -> None:
    broken = (
        BrokenImport("app/main.py", 41, "Depends", "fastapi.Depends", is_use=True),
        BrokenImport("app/orders.py", 3, "app.operations", ""),
    )
    text.update_plan(replace(UPDATE, imports=broken), diff=False)
    assert (
        "\nImports to change\n"
        "  app/main.py:41 uses Depends, which is gone: now fastapi.Depends\n"
        "  app/orders.py:3 imports app.operations, which is gone\n"
    ) in capsys.readouterr().out


def test_where_nothing_changes_the_project_is_up_to_date(capsys: Capture) -> None:
    text.update_plan(NOTHING, diff=True)
    text.update(Update(NOTHING, (), ("git commit",)), diff=True)
    assert capsys.readouterr().out == "/srv/api is up to date (v2.0.0)\n" * 2


def test_an_update_that_was_taken_back_is_named(capsys: Capture) -> None:
    text.aborted_update(AbortedUpdate(Path("/srv/api"), "v2.0.0"))
    assert capsys.readouterr().out == "Took the update of /srv/api to v2.0.0 back\n"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ((Change("a", "changed"),), "diff\n"),
        ((), "/x is as v1 of its template made it\n"),
    ],
)
def test_a_difference_is_shown_or_said_not_to_be(
    capsys: Capture, changes: tuple[Change, ...], told: str
) -> None:
    difference = Difference(Path("/x"), "gh:a/t", "v1", changes, "diff\n" if changes else "")
    text.difference(difference)
    assert capsys.readouterr().out == told


def test_a_report_is_a_line_for_each_project_and_a_count(capsys: Capture) -> None:
    text.report(REPORT)
    assert capsys.readouterr().out == (
        "a       up to date (v2)\n"
        "longer  outdated: v1 → v2\n"
        "c       unknown: unreachable\n"
        "3 projects: 1 up to date, 1 outdated, 1 unknown\n"
    )


def test_one_project_is_not_counted(capsys: Capture) -> None:
    text.report(Report(REPORT.projects[:1]))
    assert capsys.readouterr() == ("a  up to date (v2)\n", "")


def test_a_document_is_shown_or_its_file_named(capsys: Capture) -> None:
    text.document("a: 1\n", None)
    text.document("a: 1\n", Path("t.yaml"))
    assert capsys.readouterr().out == "a: 1\nWrote t.yaml\n"


@pytest.mark.parametrize(
    ("profile", "verdict"),
    [
        ({}, "FastAPI: the default, as no answer speaks for either framework"),
        ({"serves": "api", "flask": "team"}, "FastAPI, 2 to 2: even, so it is the default"),
        ({"concurrency": "few"}, "Flask, 1 to 0: it is close"),
        ({"async": False}, "Flask, 2 to 0"),
    ],
)
def test_an_advice_ends_with_how_it_stands(
    capsys: Capture, profile: dict[str, Any], verdict: str
) -> None:
    text.advice(give_advice(profile))
    assert capsys.readouterr().out.splitlines()[-4:-1] == [verdict, "", "Next"]


def test_an_advice_shows_reasons_and_what_would_change_it(capsys: Capture) -> None:
    given = give_advice({"async": False, "api_docs": True})
    text.advice(given)
    out = capsys.readouterr().out
    assert "For Flask\n  2  --no-async: One call that blocks" in out
    assert "\n\nAgainst Flask\n  1  --api-docs: Both have" in out
    assert (
        "     property: on Flask a form or a header parameter needs a few lines more (docs/" in out
    )
    assert "\n\nAny one of these would change it\n" in out
    assert "  --serves api " in out
    assert "What does it serve first of all? An API for programs\n" in out
    assert out.endswith("\nNext\n  scaffold new DEST --framework flask\n")


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
    assert list(text.tree(files, depth)) == lines


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, [ITEMS], "\nAnswers\n  resources: not asked → items\n"),
        ([ITEMS], None, "\nAnswers\n  resources: items → not asked\n"),
        ([ITEMS], [ITEMS, ORDERS], "\nAnswers\n  resources: + orders a:int\n"),
        ([ORDERS], [{**ORDERS, "before_sign_in": True}], ""),
    ],
)
def test_changed_resources_are_told_by_what_was_generated(
    capsys: Capture, before: object, after: object, told: str
) -> None:
    plan = replace(UPDATE, answers={"resources": (before, after)}, changelog="")
    text.update_plan(plan, diff=False)
    assert capsys.readouterr().out.partition("c.py  (edit it)\n")[2] == told


def test_a_new_project_names_its_resources(capsys: Capture) -> None:
    text.new_plan(replace(PLAN, answers={"resources": [ITEMS, ORDERS]}))
    assert "\nAnswers\n  resources  items, orders\n" in capsys.readouterr().out
