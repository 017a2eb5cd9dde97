"""`scaffold update` hands over what was asked, and takes an update back."""

import json
from pathlib import Path

import pytest

from scaffold.update import several, update
from scaffold.update.plan import AbortedUpdate, UpdateRequest
from scaffold.update.project_result import NOT_BEGUN, ProjectResult, Results
from tests.unit.cli.conftest import Run, Service
from tests.unit.output.samples import RESULTS


def test_update_hands_over_what_was_asked(run: Run, updates: Service, tmp_path: Path) -> None:
    assert run("update") == 0
    assert updates.request == UpdateRequest(tmp_path)
    options = ["--to", "v2", "--data", "a=1", "--template", "t", "--no-install"]
    assert run("update", "sub", *options) == 0
    assert updates.request == UpdateRequest(
        tmp_path / "sub", to="v2", answers={"a": "1"}, template="t", install=False
    )


@pytest.mark.parametrize(("args", "planned"), [([], False), (["--dry-run"], True)])
def test_several_projects_are_updated_by_one_run_that_ends_as_the_worst(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    args: list[str],
    planned: bool,
) -> None:
    service = Service(RESULTS)
    monkeypatch.setattr(several, "update_projects", service)
    assert run("update", "a", "b", "--to", "v2", "--no-install", *args) == RESULTS.exit_code
    paths, request, _ = service.args
    assert paths == [Path("a"), Path("b")]
    assert (request.to, request.install, service.options["dry_run"]) == ("v2", False, planned)
    assert capsys.readouterr().out.startswith("a       conflicts in 1 file: v1.0.0 → v2.0.0\n")


def test_several_projects_are_one_json_object(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped = Results((ProjectResult(Path("a"), NOT_BEGUN),))
    monkeypatch.setattr(several, "update_projects", Service(stopped))
    assert run("update", "a", "b", "--json") == 130
    out, err = capsys.readouterr()
    assert json.loads(out)["status"] == "interrupted"
    assert err == "error: interrupted\n"


def test_abort_takes_back_in_several_projects(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(RESULTS)
    monkeypatch.setattr(several, "abort_updates", service)
    assert run("update", "--abort", "a", "b") == RESULTS.exit_code
    assert service.request == [Path("a"), Path("b")]


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
