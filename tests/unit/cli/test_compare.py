"""`scaffold compare` measures, and refuses at once what would fail in the end."""

from pathlib import Path
from typing import Any

import pytest

from scaffold.compare import compare
from scaffold.compare.measure import FULL, QUICK
from scaffold.errors import ScaffoldError
from scaffold.template.request import TemplateRequest
from tests.unit.cli.conftest import Run, Service


@pytest.mark.parametrize(("args", "pace"), [([], FULL), (["--quick"], QUICK)])
def test_compare_measures_at_a_pace(
    run: Run, monkeypatch: pytest.MonkeyPatch, args: list[str], pace: Any
) -> None:
    service = Service(ScaffoldError("measured"))
    monkeypatch.setattr(compare, "compare_frameworks", service)
    assert run("compare", "--ml", "--data", "a=1", *args) == 1
    assert service.args[:2] == (TemplateRequest(flags={"ml": True}, data=("a=1",)), pace)


def test_compare_refuses_a_page_that_could_not_be_written_before_it_measures(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service = Service()
    monkeypatch.setattr(compare, "compare_frameworks", service)
    assert run("compare", "--html", str(tmp_path / "missing" / "page.html")) == 2
    assert service.args == ()
