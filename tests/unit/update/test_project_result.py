"""Several projects end as the worst of them."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from scaffold.errors import Conflicts, ScaffoldError, UsageError
from scaffold.update.plan import BrokenImport, Update
from scaffold.update.project_result import (
    ABORTED,
    INTERRUPTED,
    NOT_BEGUN,
    NOTHING_TO_ABORT,
    ProjectResult,
    Results,
    of_error,
    of_plan,
)
from tests.unit.cli.conftest import planned

HERE = Path("api")
UPDATED = of_plan(HERE, Update(planned("added"), (), ()))
UP_TO_DATE = of_plan(HERE, Update(planned(), (), ()))
IN_CONFLICT = of_plan(HERE, Update(planned("conflict"), (), ()))
FAILED = of_error(HERE, ScaffoldError("no network"))
REFUSED = of_error(HERE, UsageError("no project"))
LEFT = ProjectResult(HERE, NOT_BEGUN)


def test_a_plan_is_carried_out_or_not() -> None:
    assert (UPDATED.status, UPDATED.exit_code) == ("updated", 0)
    assert of_plan(HERE, planned("added")).status == "planned"
    assert of_plan(HERE, planned()).status == UP_TO_DATE.status == "up to date"
    assert UPDATED.plan == of_plan(HERE, planned("added")).plan


def test_what_is_left_to_resolve_is_a_conflict_whenever_it_came() -> None:
    broken = planned("added")
    object.__setattr__(broken, "imports", (BrokenImport("a.py", 1, "app.x", ""),))
    for result in (
        IN_CONFLICT,
        of_plan(HERE, planned("conflict")),
        of_plan(HERE, broken),
        of_error(HERE, Conflicts("the update to v2 waits for you")),
    ):
        assert (result.status, result.exit_code) == ("conflicts", 3)


@pytest.mark.parametrize(
    ("results", "status", "code"),
    [
        ([UP_TO_DATE], "up to date", 0),
        ([UP_TO_DATE, UPDATED], "updated", 0),
        ([UPDATED, IN_CONFLICT, UP_TO_DATE], "conflicts", 3),
        ([IN_CONFLICT, FAILED], "error", 1),
        ([FAILED, REFUSED, IN_CONFLICT], "error", 2),
        ([REFUSED, LEFT], "interrupted", 130),
        ([UPDATED, ProjectResult(HERE, INTERRUPTED)], "interrupted", 130),
        ([ProjectResult(HERE, NOTHING_TO_ABORT), ProjectResult(HERE, ABORTED)], "aborted", 0),
        ([ProjectResult(HERE, NOTHING_TO_ABORT)], "nothing to abort", 0),
    ],
)
def test_several_projects_end_as_the_worst_of_them(
    results: Sequence[ProjectResult], status: str, code: int
) -> None:
    found = Results(tuple(results))
    assert (found.status, found.exit_code) == (status, code)
