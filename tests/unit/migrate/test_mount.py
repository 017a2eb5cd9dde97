"""What is mounted is refused before anything is rendered; `tests/update` has the rest."""

from pathlib import Path

import pytest

from scaffold.console import Console
from scaffold.errors import ScaffoldError, UsageError
from scaffold.migrate.mount import mount_application, plan_mount
from scaffold.migrate.plan import MountRequest
from tests.cli.conftest import make_repository


@pytest.mark.parametrize("do", [plan_mount, mount_application])
def test_a_project_of_ours_has_another_way(tmp_path: Path, do: object) -> None:
    project = make_repository(tmp_path / "api", {".copier-answers.yml": "framework: flask\n"})
    assert callable(do)
    with pytest.raises(UsageError, match="was made from a template"):
        do(MountRequest(project.path, application="shop:app"), Console(), colour=False)


def test_the_packages_have_to_be_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    project = make_repository(tmp_path / "api", {"shop.py": ""})
    request = MountRequest(project.path, application="shop:app")
    with pytest.raises(ScaffoldError, match="its packages are not installed"):
        plan_mount(request, Console(), colour=False)
