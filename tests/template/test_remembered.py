"""What is not run again: only what passed as a whole, with everything as it is now."""

import os
import time
from importlib import metadata
from pathlib import Path

import pytest

from tests.support.remembered import DAYS, Remembered

pytest_plugins = ["pytester"]

FILES = {
    "pyproject.toml": """\
[project]
dependencies = ["copier>=9"]
[dependency-groups]
test = ["pyyaml"]
docs = ["sphinx"]
[tool.pytest.ini_options]
testpaths = ["tests"]
""",
    "copier.yml": "",
    "templates/flask/app.py": "",
    "src/tool.py": "",
    "tests/contract/test_contract.py": "def test_contract(): pass\n",
    "tests/template/test_projects.py": "def test_projects(): pass\n",
    "tests/template/test_forms.py": "def test_forms(): pass\n",
}


@pytest.fixture(autouse=True)
def repository(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small repository with tests of both kinds: three, of which one sees no service."""
    for name in list(os.environ):
        if name.startswith(("SCAFFOLD_", "TEST_", "PYTEST_")):
            monkeypatch.delenv(name)
    # Each of some forty runs would import them, Schemathesis and Hypothesis included.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name, text in FILES.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return pytester.path


def run(pytester: pytest.Pytester, *args: str) -> dict[str, int]:
    """How the tests of the repository end."""
    plugin = Remembered(pytester.path / ".store", pytester.path)
    ran = pytester.runpytest_inprocess("-p", "no:cacheprovider", *args, plugins=[plugin])
    return ran.parseoutcomes()


def test_what_passed_is_not_run_again(pytester: pytest.Pytester) -> None:
    assert run(pytester) == {"passed": 3}
    assert run(pytester) == {"passed": 1}


@pytest.mark.parametrize(
    "name", ["templates/flask/app.py", "copier.yml", "tests/contract/test_contract.py"]
)
def test_a_change_of_what_it_depends_on_runs_it_again(
    pytester: pytest.Pytester, repository: Path, name: str
) -> None:
    run(pytester)
    (repository / name).write_text(f"{FILES[name]}\n")
    assert run(pytester) == {"passed": 3}


def test_a_change_of_the_tool_does_not(pytester: pytest.Pytester, repository: Path) -> None:
    run(pytester)
    (repository / "src/tool.py").write_text("TOOL = 1\n")
    assert run(pytester) == {"passed": 1}


@pytest.mark.parametrize("name", ["SCAFFOLD_SEED", "TEST_MYSQL_URL", "UV_PYTHON"])
def test_another_setting_runs_it_again(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    run(pytester)
    monkeypatch.setenv(name, "other")
    assert run(pytester) == {"passed": 3}


@pytest.mark.parametrize(
    ("package", "passed"), [("copier", 3), ("pyyaml", 3), ("sphinx", 1), ("platformdirs", 1)]
)
def test_another_release_runs_it_again_where_the_tests_name_the_package(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, package: str, passed: int
) -> None:
    run(pytester)
    installed = metadata.version
    monkeypatch.setattr(
        metadata, "version", lambda name: "9999" if name == package else installed(name)
    )
    assert run(pytester) == {"passed": passed}


@pytest.mark.parametrize(
    ("text", "outcome"),
    [("assert False", {"failed": 1}), ("import pytest; pytest.skip()", {"skipped": 1})],
    ids=["failed", "skipped"],
)
def test_what_did_not_pass_is_run_again(
    pytester: pytest.Pytester, repository: Path, text: str, outcome: dict[str, int]
) -> None:
    (repository / "tests/contract/test_contract.py").write_text(f"def test_contract(): {text}\n")
    assert run(pytester) == {"passed": 2, **outcome}
    assert run(pytester) == {"passed": 2, **outcome}


@pytest.mark.parametrize("args", [["tests/contract", "tests/template"], ["-k", "contract"]])
def test_a_part_is_not_remembered_as_the_whole(pytester: pytest.Pytester, args: list[str]) -> None:
    run(pytester, *args)
    assert run(pytester) == {"passed": 3}


def test_a_pass_is_forgotten(pytester: pytest.Pytester, repository: Path) -> None:
    run(pytester)
    (passed,) = (repository / ".store").iterdir()
    old = time.time() - DAYS * 24 * 60 * 60
    os.utime(passed, (old, old))
    assert run(pytester) == {"passed": 3}
    (repository / "copier.yml").write_text("\n")
    os.utime(passed, (old, old))
    run(pytester)
    assert passed not in (repository / ".store").iterdir()
