"""A check passes or fails as its steps do."""

from collections.abc import Sequence

import pytest

from scaffold.new.plan import Check


@pytest.mark.parametrize(
    ("results", "passed"),
    [
        ([], True),
        (["passed", "passed: 200 ok"], True),
        (["passed", "skipped: the database is not available", "warning: not ready"], True),
        (["passed", "failed: exit code 1"], False),
    ],
)
def test_a_check_passes_unless_a_step_failed(results: Sequence[str], passed: bool) -> None:
    assert Check(dict(enumerate(results)), ready=False).passed is passed  # type: ignore[arg-type]
