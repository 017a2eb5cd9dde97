"""A step is carried out whole, and says what comes next."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scaffold.console import Console
from scaffold.migrate.plan import MigrateRequest
from scaffold.migrate.step import Step, make_step
from scaffold.project.skipped import Skipped
from scaffold.update.plan import UpdatePlan
from scaffold.update.update import abort_update
from tests.unit.update.test_merge import TEXT, Case


def test_a_step_is_written_and_can_be_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(tmp_path, {"a": TEXT}, {}, {"a": TEXT + "new\n"})
    project = case.merge_repo.worktree.project
    (record := project / ".copier-answers.yml").write_text("_src_path: gh:a/t\n_commit: v1\n")
    plan = UpdatePlan(project, "gh:a/t", "v1", "v1", {}, case.merge.changes, "", "")

    @contextmanager
    def prepared() -> Iterator[Step]:
        # The record belongs to the merge of the case; as it was committed there.
        record.write_text("_commit: v1\n")
        yield Step(plan, case.merge_repo, case.merge)

    def next_commands(_plan: UpdatePlan, skipped: list[Skipped]) -> list[str]:
        return ["git commit", *(step.command for step in skipped)]

    monkeypatch.chdir(project)
    request = MigrateRequest(project, install=False)
    made = make_step(request, prepared(), next_commands, Console())
    assert made.next == ("git commit",)
    assert (project / "a").read_text() == TEXT + "new\n"
    abort_update(project, Console())
    assert (project / "a").read_text() == TEXT
