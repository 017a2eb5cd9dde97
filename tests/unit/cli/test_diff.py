"""`scaffold diff` shows the difference."""

from pathlib import Path

import pytest

from scaffold.update import diff
from scaffold.update.plan import Change, Difference
from tests.unit.cli.conftest import Run, Service


def test_diff_shows_the_difference(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = Difference(Path("/x"), "gh:a/t", "v1", (Change("a", "added"),), "the diff\n")
    service = Service(found)
    monkeypatch.setattr(diff, "diff_project", service)
    assert run("diff", "--template", "t") == 0
    assert service.args[:2] == (Path.cwd(), "t")
    assert capsys.readouterr().out == "the diff\n"
