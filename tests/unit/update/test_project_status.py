"""A report is as bad as the worst project."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from scaffold.errors import ScaffoldError, UsageError
from scaffold.update.project_status import ProjectStatus, Report


def status_of(status: str, error: ScaffoldError | None = None) -> ProjectStatus:
    return ProjectStatus(Path(status), status, error=error)


FINE, OLD = status_of("up to date"), status_of("outdated")


UNREACHED, NO_PROJECT = (
    status_of("error", ScaffoldError("unreachable")),
    status_of("error", UsageError("no project")),
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
    report = Report(tuple(projects))
    assert (report.status, report.exit_code) == (status, code)
