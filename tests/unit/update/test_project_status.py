"""A report is as bad as the worst project."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from scaffold.errors import ScaffoldError, UsageError
from scaffold.update.project_status import ProjectStatus, Report


def standing(status: str, error: ScaffoldError | None = None) -> ProjectStatus:
    return ProjectStatus(Path(status), status, error=error)


FINE, OLD = standing("up to date"), standing("outdated")


UNREACHED, NO_PROJECT = (
    standing("error", ScaffoldError("unreachable")),
    standing("error", UsageError("no project")),
)


@pytest.mark.parametrize(
    ("projects", "status", "code"),
    [
        ([FINE], "up to date", 0),
        ([FINE, OLD, FINE], "outdated", 4),
        ([OLD, UNREACHED], "error", 1),
        ([NO_PROJECT, UNREACHED, OLD], "error", 2),
    ],
)
def test_a_survey_is_as_bad_as_the_worst_project(
    projects: Sequence[ProjectStatus], status: str, code: int
) -> None:
    survey = Report(tuple(projects))
    assert (survey.status, survey.exit_code) == (status, code)
