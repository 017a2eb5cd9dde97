"""`scaffold remove` hands over the features that go."""

from pathlib import Path

import pytest

from scaffold.update.plan import UpdateRequest
from tests.unit.cli.conftest import Run, Service


def test_remove_hands_over_features(run: Run, updates: Service, tmp_path: Path) -> None:
    assert run("remove", "ml", "--project", "sub") == 0
    assert updates.request == UpdateRequest(tmp_path / "sub", remove=("ml",), same_version=True)


def test_remove_hands_over_resources(run: Run, updates: Service, tmp_path: Path) -> None:
    assert run("remove", "resource", "orders", "order-lines") == 0
    names = ("orders", "order-lines")
    assert updates.request == UpdateRequest(tmp_path, remove_resources=names, same_version=True)


def test_a_resource_to_remove_is_named(
    run: Run, updates: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("remove", "resource") == 2
    assert capsys.readouterr().err == (
        "error: no resource is named\nhint: such as `scaffold remove resource orders`\n"
    )
    assert updates.args == ()
