"""`scaffold remove` hands over the features that go."""

from pathlib import Path

from scaffold.update.plan import UpdateRequest
from tests.unit.cli.conftest import Run, Service


def test_remove_hands_over_features(run: Run, updates: Service, tmp_path: Path) -> None:
    assert run("remove", "ml", "--project", "sub") == 0
    assert updates.request == UpdateRequest(tmp_path / "sub", remove=("ml",), same_version=True)
