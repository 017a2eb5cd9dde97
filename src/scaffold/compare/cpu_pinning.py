"""The service on one CPU and the load on another, where the system can do that."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class CpuPinning:
    """A CPU for the service and one for the load; none where both share what there is."""

    service: int | None
    load: int | None

    @property
    def apart(self) -> bool:
        """The load takes no time from the service."""
        return self.service is not None


def choose_cpus() -> CpuPinning:
    """The first and the last CPU that this process may use, so that they share no core."""
    if not hasattr(os, "sched_getaffinity"):  # macOS and Windows pin no process
        return CpuPinning(None, None)
    cpus = sorted(os.sched_getaffinity(0))
    return CpuPinning(cpus[0], cpus[-1]) if len(cpus) > 1 else CpuPinning(None, None)


@contextmanager
def pinned_to(cpu: int | None) -> Iterator[None]:
    """What is started inside stays on this CPU."""
    if cpu is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
