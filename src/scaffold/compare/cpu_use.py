"""How much of the service's CPU other programs take while it is measured."""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class CpuUse:
    """What a CPU has done up to a moment, in seconds."""

    at: float
    busy: float
    own: float  # for the processes of the service

    def others_since(self, before: "CpuUse") -> float:
        """The share of the time since then in which others had it."""
        others = (self.busy - before.busy) - (self.own - before.own)
        return min(max(others / (self.at - before.at), 0.0), 1.0)


def cpu_use(cpu: int | None, processes: Iterable[psutil.Process]) -> CpuUse:
    """The use of one CPU so far; of none where the service is not kept on one."""
    if cpu is None:
        return CpuUse(time.monotonic(), 0, 0)
    own = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            used = process.cpu_times()
            own += used.user + used.system
    times = psutil.cpu_times(percpu=True)[cpu]
    # Interrupts are left out: most are the service's own packets.
    busy = times.user + times.nice + times.system + times.steal
    return CpuUse(time.monotonic(), busy, own)
