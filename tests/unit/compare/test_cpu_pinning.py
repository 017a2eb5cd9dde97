"""The service has a CPU of its own where the system can give it one."""

import os

import pytest

from scaffold.compare.cpu_pinning import CpuPinning, choose_cpus, pinned_to


@pytest.fixture
def set_to(monkeypatch: pytest.MonkeyPatch) -> list[set[int]]:
    """Where this process was pinned to, one after the other."""
    now: list[set[int]] = [{3, 1, 7}]
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: now[-1], raising=False)
    monkeypatch.setattr(os, "sched_setaffinity", lambda _, cpus: now.append(cpus), raising=False)
    return now


@pytest.mark.parametrize(
    ("cpus", "cores"),
    [({3, 1, 7}, CpuPinning(1, 7)), ({0, 1}, CpuPinning(0, 1)), ({5}, CpuPinning(None, None))],
)
def test_the_first_and_the_last_are_chosen(
    set_to: list[set[int]], cpus: set[int], cores: CpuPinning
) -> None:
    set_to.append(cpus)
    assert choose_cpus() == cores
    assert cores.apart is (len(cpus) > 1)


def test_the_first_cpu_of_all_is_one_of_its_own() -> None:
    assert CpuPinning(0, 1).apart
    assert not CpuPinning(None, None).apart


def test_a_system_that_pins_nothing_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert choose_cpus() == CpuPinning(None, None)
    with pinned_to(None):
        pass


def test_a_process_is_pinned_for_the_block(set_to: list[set[int]]) -> None:
    with pytest.raises(OSError, match="x"), pinned_to(0):  # noqa: PT012
        assert set_to[-1] == {0}
        raise OSError("x")
    assert set_to == [{3, 1, 7}, {0}, {3, 1, 7}]


def test_without_a_cpu_nothing_is_pinned(set_to: list[set[int]]) -> None:
    with pinned_to(None):
        assert len(set_to) == 1
