"""`python -m scaffold` is the program."""

import runpy

import pytest

from scaffold import __main__
from scaffold.cli import main


def test_it_runs_the_program_when_it_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    monkeypatch.setattr(main, "main", lambda: runs.append("main"))
    with pytest.warns(RuntimeWarning, match="found in sys.modules"):
        runpy.run_module("scaffold.__main__", run_name="__main__")
    assert runs == ["main"]


def test_an_import_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    monkeypatch.setattr(main, "main", lambda: runs.append("main"))
    runpy.run_path(str(__main__.__file__), run_name="imported")
    assert runs == []
