"""The share of a CPU that others had is what neither it was idle nor the service worked."""

import os
from types import SimpleNamespace

import psutil
import pytest

from scaffold.compare.cpu_use import CpuUse, cpu_use


@pytest.mark.parametrize(
    ("busy", "own", "others"),
    [(10, 10, 0), (10, 4, 0.6), (3, 3, 0), (5, 0, 0.5), (9, 9.2, 0), (12, 0, 1)],
)
def test_what_the_service_did_not_do_others_did(busy: float, own: float, others: float) -> None:
    before = CpuUse(100, 50, 20)
    assert CpuUse(110, 50 + busy, 20 + own).others_since(before) == pytest.approx(others)


def test_the_work_of_all_processes_of_a_service_is_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Gone:
        def cpu_times(self) -> None:
            raise psutil.NoSuchProcess(1)

    cpus = [SimpleNamespace(user=1, nice=2, system=3, steal=4, idle=90, irq=5, softirq=6)]
    monkeypatch.setattr(psutil, "cpu_times", lambda *, percpu: cpus if percpu else None)
    here = psutil.Process(os.getpid())
    found = cpu_use(0, [here, Gone()])  # type: ignore[list-item]
    assert found.busy == 10
    assert 0 < found.own <= sum(here.cpu_times()[:2])


def test_a_service_that_is_kept_on_no_cpu_is_not_told_from_others() -> None:
    before = cpu_use(None, [])
    assert (before.busy, before.own) == (0, 0)
    assert CpuUse(before.at + 1, 0, 0).others_since(before) == 0
