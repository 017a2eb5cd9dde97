"""`scaffold set` hands over answers."""

from pathlib import Path

import pytest

from scaffold.update.plan import UpdateRequest
from tests.unit.cli.conftest import Run, Service


def test_set_hands_over_answers(run: Run, updates: Service, tmp_path: Path) -> None:
    assert run("set", "framework=flask", "a=") == 0
    answers = {"framework": "flask", "a": ""}
    assert updates.request == UpdateRequest(tmp_path, answers=answers, same_version=True)


def test_the_pairs_of_set_are_told_without_a_flag(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("set", "nonsense") == 2
    assert capsys.readouterr().err == "error: 'nonsense' is not KEY=VALUE\n"
