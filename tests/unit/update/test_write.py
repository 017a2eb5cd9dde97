"""A merge that was written down is an update that can be carried out."""

from pathlib import Path

import pytest

from scaffold.errors import UsageError
from scaffold.update import journal
from scaffold.update.write import write_merge
from tests.unit.update.test_merge import TEXT, Case


def test_a_merge_becomes_files_and_lines_of_the_index(tmp_path: Path) -> None:
    case = Case(tmp_path, {"a": TEXT, "b": TEXT}, {}, {"a": TEXT + "new\n", "b": None, "c": "c\n"})
    write_merge(case.merge_repo, case.merge, "v2", ())
    worktree = case.merge_repo.worktree
    assert (worktree.project / "a").read_text() == TEXT
    journal.apply(worktree)
    assert (worktree.project / "a").read_text() == TEXT + "new\n"
    assert not (worktree.project / "b").exists()
    assert {"a", "c"} <= worktree.tracked_paths()


def test_what_is_edited_meanwhile_stops_it_before_anything_is_decided(tmp_path: Path) -> None:
    case = Case(tmp_path, {"a": TEXT}, {}, {"a": TEXT + "new\n"})
    worktree = case.merge_repo.worktree
    (worktree.project / "a").write_text("mine\n")
    with pytest.raises(UsageError, match="not committed: a"):
        write_merge(case.merge_repo, case.merge, "v2")
    assert journal.find_update(worktree) is None
