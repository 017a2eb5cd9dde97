"""The machine that the figures were measured on."""

import os
import platform
from pathlib import Path

import psutil

from scaffold.compare.results import Machine
from scaffold.console import Console


def describe(console: Console) -> Machine:
    """The machine as it is now; one that is busy already gets a note."""
    load = psutil.getloadavg()[0]
    cpus = os.cpu_count() or 1
    if load > cpus / 2:
        console.note(f"the machine is busy (load {load:.1f}), so the figures will vary more")
    return Machine(
        system=f"{platform.system()} {platform.release()}",
        processor=_processor(),
        cpus=cpus,
        memory=psutil.virtual_memory().total,
        load=load,
    )


def _processor() -> str:
    """What the system calls its CPU."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line)
    return next(names, platform.machine())
