"""`scaffold update` hands over what was asked, and takes an update back."""

from pathlib import Path

import pytest

from scaffold.update import update
from scaffold.update.plan import AbortedUpdate, UpdateRequest
from tests.unit.cli.conftest import Run, Service


def test_update_hands_over_what_was_asked(run: Run, updates: Service, tmp_path: Path) -> None:
    assert run("update") == 0
    assert updates.request == UpdateRequest(tmp_path)
    options = ["--to", "v2", "--data", "a=1", "--template", "t", "--no-install"]
    assert run("update", "sub", *options) == 0
    assert updates.request == UpdateRequest(
        tmp_path / "sub", to="v2", answers={"a": "1"}, template="t", install=False
    )


@pytest.mark.parametrize(
    "option",
    [["--to", "v1"], ["--data", "a=1"], ["--template", "t"], ["--dry-run"], ["--diff"]],
)
def test_abort_goes_with_no_other_option(
    run: Run, monkeypatch: pytest.MonkeyPatch, option: list[str]
) -> None:
    service = Service()
    monkeypatch.setattr(update, "abort_update", service)
    assert run("update", "--abort", *option) == 2
    assert service.args == ()


def test_abort_takes_back(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = Service(AbortedUpdate(tmp_path, "v2"))
    monkeypatch.setattr(update, "abort_update", service)
    assert run("update", "--abort", str(tmp_path)) == 0
    assert service.request == tmp_path
    assert capsys.readouterr().out == f"Took the update of {tmp_path} to v2 back\n"
