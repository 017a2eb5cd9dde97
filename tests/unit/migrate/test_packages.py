"""Their packages and those of the new application are in one file."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from scaffold.errors import UsageError
from scaffold.migrate.packages import add_new_packages, merge_packages

TEMPLATE = """\
[project]
name = "shop"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = [
    "fastapi>=0.165.0",
]

[dependency-groups]
dev = [
    "pytest>=9.2.0",
]

[tool.poe.tasks]
test = "pytest"

[tool.ruff]
line-length = 100

[tool.mypy]
strict = true
files = ["app", "tests"]

[tool.uv]
package = false
constraint-dependencies = [
    "click==8.5.1",
]
"""


def merged(folder: Path, files: dict[str, str], *, in_src: bool = False) -> dict[str, Any]:
    for path, text in files.items():
        (folder / path).write_text(text)
    return tomllib.loads(merge_packages(folder, TEMPLATE, "shop", in_src=in_src))


def test_a_project_keeps_its_tables_and_gets_those_that_it_lacks(tmp_path: Path) -> None:
    theirs = """\
[project]
name = "theirs"
version = "2"
requires-python = ">=3.8"
dependencies = ["flask"]

[tool.mypy]
files = ["theirs"]
"""
    found = merged(tmp_path, {"pyproject.toml": theirs})
    project, tool = found["project"], found["tool"]
    assert (project["name"], project["requires-python"]) == ("theirs", ">=3.11")
    assert {"flask", "fastapi>=0.165.0"} == set(project["dependencies"])
    assert found["dependency-groups"]["dev"] == ["pytest>=9.2.0"]
    assert tool["mypy"] == {"files": ["theirs"]}
    assert tool["poe"]["tasks"]["test"] == "python -m pytest"
    assert tool["uv"] == {"package": False}
    assert "ruff" not in tool


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "-r more.txt\n", "more.txt": "flask==2.0.3\n"},
        {"setup.py": "from setuptools import setup\nsetup(install_requires=['flask==2.0.3'])\n"},
    ],
    ids=["requirements.txt", "setup.py"],
)
def test_a_list_of_packages_becomes_a_project(tmp_path: Path, files: dict[str, str]) -> None:
    found = merged(tmp_path, files, in_src=True)
    assert set(found["project"]["dependencies"]) == {"flask==2.0.3", "fastapi>=0.165.0"}
    assert found["tool"]["uv"] == {"package": True}
    assert found["tool"]["mypy"]["overrides"] == [{"module": ["shop.*"], "follow_imports": "skip"}]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"pyproject.toml": "[tool.poetry]\nname = 'x'\n"}, "lists its packages for Poetry"),
        ({"pyproject.toml": "[project\n"}, "cannot be read"),
        ({"requirements.txt": "not a package at all\n"}, "cannot be merged"),
    ],
)
def test_what_cannot_be_merged_is_said(tmp_path: Path, files: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        merged(tmp_path, files)


def test_only_packages_that_the_template_did_not_name_before_are_added(tmp_path: Path) -> None:
    theirs = '[project]\nname = "theirs"\nversion = "2"\ndependencies = ["flask"]\n'
    after = TEMPLATE.replace("fastapi>=0.165.0", 'fastapi>=0.170.0",\n    "redis>=7.4').replace(
        "pytest>=9.2.0", 'pytest>=9.2.0",\n    "httpx2>=2'
    )
    found = tomllib.loads(add_new_packages(theirs, TEMPLATE, after, tmp_path))
    assert set(found["project"]["dependencies"]) == {"flask", "fastapi>=0.170.0", "redis>=7.4"}
    assert found["dependency-groups"]["dev"] == ["httpx2>=2"]
