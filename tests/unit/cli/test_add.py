"""`scaffold add` hands over the features that come in."""

from pathlib import Path

from scaffold.update.plan import UpdateRequest
from tests.unit.cli.conftest import Run, Service


def test_add_hands_over_features(run: Run, updates: Service, tmp_path: Path) -> None:
    assert run("add", "auth", "database=mysql") == 0
    features = ("auth", "database=mysql")
    assert updates.request == UpdateRequest(tmp_path, add=features, same_version=True)
