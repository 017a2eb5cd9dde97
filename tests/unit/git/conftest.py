"""A project in a folder of a repository."""

from pathlib import Path

import pytest

from tests.cli.conftest import Repository, make_repository

WEIRD = ("with space.txt", "new\nline.txt", "grün.txt", 'quo"ted.txt', "-dash")


@pytest.fixture
def nested(tmp_path: Path) -> Repository:
    """A repository with a project in a folder of it, and files beside."""
    files = {"top.txt": "top\n", **{f"services/api/{name}": "mine\n" for name in ("a", *WEIRD)}}
    return make_repository(tmp_path / "nested", files)
