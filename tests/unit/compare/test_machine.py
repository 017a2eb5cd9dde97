"""Who reads figures learns which machine they are from."""

import os
import platform
from pathlib import Path

import psutil
import pytest

from scaffold.compare import machine
from scaffold.console import Console


def loaded(monkeypatch: pytest.MonkeyPatch, load: float, cpus: int | None = 4) -> None:
    monkeypatch.setattr(psutil, "getloadavg", lambda: (load, 9.0, 9.0))
    monkeypatch.setattr(os, "cpu_count", lambda: cpus)


@pytest.mark.parametrize(("load", "noted"), [(0.3, False), (2.0, False), (2.1, True)])
def test_a_busy_machine_is_noted(monkeypatch: pytest.MonkeyPatch, load: float, noted: bool) -> None:
    console = Console()
    loaded(monkeypatch, load)
    found = machine.describe(console)
    assert (found.cpus, found.load) == (4, load)
    assert found.memory == psutil.virtual_memory().total
    assert bool(console.notes) is noted
    if noted:
        assert console.notes[0].startswith("the machine is busy (load 2.1)")


def test_a_machine_that_does_not_count_its_cpus_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded(monkeypatch, 0.6, None)
    console = Console()
    assert machine.describe(console).cpus == 1
    assert console.notes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("processor: 0\nmodel name\t: A CPU: 3 GHz\nmodel name\t: Other\n", "A CPU: 3 GHz"),
        ("processor: 0\n", "a machine"),
        (None, "a processor"),
    ],
)
def test_the_processor_is_what_the_system_calls_it(
    monkeypatch: pytest.MonkeyPatch, text: str | None, expected: str
) -> None:
    def read_text(_path: Path, encoding: str) -> str:
        assert encoding == "utf-8"
        if text is None:
            raise FileNotFoundError
        return text

    loaded(monkeypatch, 0)
    monkeypatch.setattr(Path, "read_text", read_text)
    monkeypatch.setattr(platform, "processor", lambda: "a processor")
    monkeypatch.setattr(platform, "machine", lambda: "a machine")
    assert machine.describe(Console()).processor == expected
