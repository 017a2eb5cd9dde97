"""The site, built once as `uv run poe docs` builds it."""

import shlex
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.docs.manual import ROOT


@dataclass(frozen=True)
class Built:
    """A page of the site."""

    path: Path

    @cached_property
    def html(self) -> BeautifulSoup:
        return BeautifulSoup(self.path.read_text(), "html.parser")

    @cached_property
    def ids(self) -> set[str]:
        return {str(tag["id"]) for tag in self.html.select("[id]")}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site."""
    folder = tmp_path_factory.mktemp("manual")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    task = shlex.split(project["tool"]["poe"]["tasks"]["docs"]["cmd"])
    elsewhere = {"site": str(folder / "site"), ".docs_cache": str(folder / "cache")}
    command = [elsewhere.get(word, word) for word in task]
    command[0] = str(Path(sys.executable).with_name(command[0]))
    done = subprocess.run(  # noqa: S603 - the project's own command
        command, cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return folder / "site"


@pytest.fixture(scope="session")
def built(site: Path) -> dict[Path, Built]:
    """Every page of the site."""
    return {path: Built(path) for path in sorted(site.rglob("*.html"))}
