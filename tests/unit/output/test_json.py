"""What programs read of the result of a command."""

from pathlib import Path

import pytest

from scaffold.advise.advice import give_advice
from scaffold.errors import Conflicts
from scaffold.new.plan import Project
from scaffold.output import json
from scaffold.update.plan import AbortedUpdate, Change, Difference, Update, UpdatePlan
from tests.unit.compare.test_results import comparison, measured
from tests.unit.output.samples import (
    CHANGES,
    CHECK,
    MADE,
    NOTHING,
    PLAN,
    REPORT,
    RESULTS,
    UPDATE,
)


def test_an_error_has_its_hint_and_the_exit_code() -> None:
    assert json.error(Conflicts("waiting", "resolve")) == {
        "status": "error",
        "error": {"message": "waiting", "hint": "resolve"},
        "exit_code": 3,
    }


def test_a_plan_has_the_template_the_answers_the_files_and_the_command() -> None:
    assert json.new_plan(PLAN) == {
        "status": "planned",
        "path": "/srv/api",
        "template": {"source": "gh:acme/t", "ref": "v1.2.0"},
        "answers": {"project_name": "api", "ml": True, "author": ""},
        "files": ["app/main.py", "app/items/routes.py", "README.md"],
        "command": "scaffold new api --yes",
    }


def test_a_project_has_its_check_or_none() -> None:
    document = json.new_project(MADE)
    assert document["status"] == "created"
    assert document["skipped"] == [{"step": "lock", "reason": "no network", "command": "uv lock"}]
    assert document["check"] == {
        "passed": False,
        "steps": dict(CHECK.steps),
        "ready": True,
        "readyz": {"status": "ok"},
        "log": "the log",
    }
    assert document["next"] == ["cd api", "uv sync"]
    assert document["note"] == "`sync` installs it"
    assert json.new_project(Project(PLAN, (), ()))["check"] is None


@pytest.mark.parametrize(
    ("plan", "planned", "done"),
    [
        (UPDATE, "planned", "conflicts"),
        (UpdatePlan(**{**vars(UPDATE), "changes": CHANGES[:2]}), "planned", "updated"),
        (NOTHING, "up to date", "up to date"),
    ],
)
def test_an_update_says_how_it_ended(plan: UpdatePlan, planned: str, done: str) -> None:
    first = json.update_plan(plan, diff=False)
    assert first["status"] == planned
    assert "diff" not in first
    assert json.update(Update(plan, (), ("git commit",)), diff=True) == {
        **first,
        "status": done,
        "diff": plan.diff,
        "skipped": [],
        "next": ["git commit"],
    }


def test_changes_and_answers_have_names() -> None:
    document = json.update_plan(UPDATE, diff=False)
    assert document["template"] == {"source": "gh:acme/t", "from": "v1.0.0", "to": "v2.0.0"}
    assert document["answers"]["ml"] == {"from": None, "to": True}
    assert document["changes"][1] == {
        "path": "b.py",
        "status": "merged",
        "reason": "",
        "source": "old.py",
    }


def test_an_aborted_update_has_the_version_that_it_went_to() -> None:
    assert json.aborted_update(AbortedUpdate(Path("/x"), "v2")) == {
        "status": "aborted",
        "path": "/x",
        "version": "v2",
    }


@pytest.mark.parametrize(
    ("changes", "status"), [((Change("a", "changed"),), "different"), ((), "same")]
)
def test_a_difference_has_the_diff_and_every_change(
    changes: tuple[Change, ...], status: str
) -> None:
    document = json.difference(Difference(Path("/x"), "gh:a/t", "v1", changes, "diff\n"))
    assert document["status"] == status
    assert document["template"] == {"source": "gh:a/t", "ref": "v1"}
    assert document["diff"] == "diff\n"
    assert len(document["changes"]) == len(changes)


def test_results_have_every_project_with_what_the_command_says_of_it_alone() -> None:
    document = json.results(RESULTS, diff=False)
    assert document["status"] == "error"
    projects = {project["path"]: project for project in document["projects"]}
    assert list(projects) == ["a", "longer", "c", "d", "e"]
    assert [project["status"] for project in projects.values()] == [
        "conflicts",
        "up to date",
        "error",
        "error",
        "aborted",
    ]
    assert [project["exit_code"] for project in projects.values()] == [3, 0, 2, 2, 0]
    assert projects["a"]["next"] == ["git commit"]
    assert projects["longer"]["template"]["to"] == "v2.0.0"
    assert projects["c"]["error"] == {"message": "dirty: x.py", "hint": "commit or stash"}
    assert projects["e"]["version"] == "v2.0.0"


def test_a_report_has_every_project() -> None:
    document = json.report(REPORT)
    assert document["status"] == "error"
    assert [project["status"] for project in document["projects"]] == [
        "up to date",
        "outdated",
        "error",
        "error",
    ]
    assert document["projects"][3] == {
        "path": "d",
        "status": "error",
        "version": None,
        "newest": None,
        "source": None,
        "error": {"message": "no project", "hint": "name another"},
    }
    assert document["projects"][0]["error"] is None


def test_an_advice_has_everything() -> None:
    given = give_advice({"ml": True})
    document = json.advice(given)
    assert document["framework"] == "fastapi"
    assert (document["grounded"], document["close"]) == (True, False)
    assert document["score"] == {"fastapi": 2, "flask": 0}
    assert document["profile"] == {"ml": True}
    assert document["reasons_for"][0]["question"] == "ml"
    assert document["reasons_against"] == []
    assert {"question": "flask", "answer": "code"} in document["would_change"]
    assert document["command"] == given.command


def test_a_comparison_has_every_figure() -> None:
    document = json.comparison(comparison(measured([200], [100], failed=3)))
    assert document["status"] == "compared"
    assert document["measured_at"] == "2026-01-31T09:05:00+00:00"
    assert document["noise"] == {"itself": 0.03, "others": 0.01}
    assert document["workloads"][0]["unmeasured"] == ""
    assert document["workloads"][0]["others"] == 0
    assert document["template"] == {"source": "https://x.y/t.git", "ref": "v1.2.0"}
    assert document["machine"]["cpus"] == 4
    assert document["method"]["clients"] == 64
    assert document["workloads"][0]["failed"] == {"fastapi": 0, "flask": 3}
    [metric] = document["workloads"][0]["metrics"]
    assert metric == {
        "name": "rate",
        "title": "requests per second",
        "unit": "/s",
        "more_is_better": True,
        "fastapi": {"median": 200, "low": 190, "high": 210},
        "flask": {"median": 100, "low": 95, "high": 105},
        "ratio": {"median": 2, "low": 1.9, "high": 2.1},
        "noise": 0.05,
        "verdict": "fastapi",
    }
    assert document["service"][0]["verdict"] == "flask"
    assert document["command"] == "scaffold compare"
