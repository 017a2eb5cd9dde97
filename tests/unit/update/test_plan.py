"""The plan of an update tells what is left to do."""

from pathlib import Path

from scaffold.update.plan import Change, UpdatePlan


def test_conflicts_are_the_changes_that_need_the_user() -> None:
    changes = tuple(Change(status, status) for status in ("added", "conflict", "kept", "merged"))
    plan = UpdatePlan(Path(), "gh:a/t", "v1", "v2", {}, changes, "", "")
    assert plan.conflicts == (Change("conflict", "conflict"),)
