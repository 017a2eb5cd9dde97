"""Settings come from the environment, and a wrong one stops the start."""

from pathlib import Path

import pytest

from app.settings import load_settings


def test_wrong_values_are_named_one_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("ENVIRONMENT", "staging")
    with pytest.raises(SystemExit, match="1"):
        load_settings()
    assert {line.partition(":")[0] for line in capsys.readouterr().err.splitlines()} == {
        "ENVIRONMENT",
        "PORT",
    }


def test_an_unset_environment_means_production(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENVIRONMENT", raising=False)
    assert load_settings().environment == "production"
