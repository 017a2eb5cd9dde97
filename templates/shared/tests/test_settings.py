"""Settings come from the environment, and a wrong one stops the start."""

import pytest

from app.settings import load_settings


def test_wrong_values_are_named_one_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("ENVIRONMENT", "staging")
    with pytest.raises(SystemExit, match=r"ENVIRONMENT: .*\nPORT: "):
        load_settings()
