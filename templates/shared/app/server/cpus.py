"""How many CPUs there are: the server starts a worker for each."""

import os
from pathlib import Path


def available_cpus() -> int:
    """Count the CPUs that the scheduler and the control group (version 2) allow, at least 1."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
    except (OSError, ValueError):
        return cpus
    return cpus if quota == "max" else max(1, min(cpus, int(quota) // int(period)))
