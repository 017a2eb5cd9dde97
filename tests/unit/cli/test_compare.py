"""`scaffold compare` measures, and refuses at once what would fail in the end."""

import importlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scaffold.asking import terminal
from scaffold.compare import compare, migrated
from scaffold.compare.measure import FULL, QUICK
from scaffold.compare.noise import Noise
from scaffold.errors import ScaffoldError
from scaffold.template.request import TemplateRequest
from tests.support.user import User
from tests.unit.cli.conftest import Run, Service
from tests.unit.compare.test_results import comparison, measured

# In its package the function of the same name hides the module.
cli_compare = importlib.import_module("scaffold.cli.compare")


@pytest.mark.parametrize(("args", "pace"), [([], FULL), (["--quick"], QUICK)])
def test_compare_measures_at_a_pace(
    run: Run, monkeypatch: pytest.MonkeyPatch, args: list[str], pace: Any
) -> None:
    service = Service(ScaffoldError("measured"))
    monkeypatch.setattr(compare, "compare_frameworks", service)
    assert run("compare", "--ml", "--data", "a=1", *args) == 1
    assert service.args[:2] == (TemplateRequest(flags={"ml": True}, data=("a=1",)), pace)


def test_compare_measures_a_service_that_is_migrated_with_its_own_answers(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service = Service(comparison(measured([2], [1])))
    monkeypatch.setattr(migrated, "compare_migrated", service)
    assert run("compare", "--migrated", str(tmp_path), "--quick") == 0
    assert service.args[:2] == (tmp_path, QUICK)
    assert run("compare", "--migrated", str(tmp_path), "--ml") == 2


@pytest.mark.parametrize("complete", [True, False])
def test_compare_fails_where_a_workload_could_not_be_compared(
    run: Run, monkeypatch: pytest.MonkeyPatch, complete: bool
) -> None:
    workload = measured([2], [1])
    found = comparison(workload if complete else replace(workload, metrics=()))
    monkeypatch.setattr(compare, "compare_frameworks", Service(found))
    assert run("compare", "--quick", "--json") == (0 if complete else 1)


@pytest.mark.parametrize(
    ("args", "interactive", "answers"),
    [
        ([], True, ["Wait until it is quiet"]),
        ([], True, ["Measure now"]),
        (["--json"], True, []),
        ([], False, []),
    ],
)
def test_compare_asks_in_a_terminal_whether_to_wait_for_quiet(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    args: list[str],
    interactive: bool,
    answers: list[str],
) -> None:
    service, user = Service(comparison(measured([2], [1]))), User(*answers)
    monkeypatch.setattr(compare, "compare_frameworks", service)
    monkeypatch.setattr(cli_compare, "is_interactive", lambda: interactive)
    monkeypatch.setattr(terminal, "show", user.show)
    run("compare", *args)
    *_, wants_to_wait = service.args
    noise = Noise(0.4, 0.6)
    assert wants_to_wait(noise) is (answers == ["Wait until it is quiet"])
    assert user.titles == [f"The machine is busy: {noise}." for _ in answers]
    assert all(form.first for form in user.seen)


def test_compare_refuses_a_page_that_could_not_be_written_before_it_measures(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service = Service()
    monkeypatch.setattr(compare, "compare_frameworks", service)
    assert run("compare", "--html", str(tmp_path / "missing" / "page.html")) == 2
    assert service.args == ()
