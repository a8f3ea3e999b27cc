"""What a figure was measured on: without it, it is not a figure."""

import os
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine as this process may use it."""

    cores: int
    memory_bytes: int
    processor: str  # as the system names its model; empty when it does not

    def __str__(self) -> str:
        named = f", {self.processor}" if self.processor else ""
        return f"{self.cores} cores, {self.memory_bytes / 1e9:.0f} GB{named}"


def this_machine() -> Machine:
    """The machine of this process."""
    return Machine(len(os.sched_getaffinity(0)), psutil.virtual_memory().total, _processor())


def load_average() -> float:
    """Processes that ran or wanted to, as a mean of the last minute."""
    return os.getloadavg()[0]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "")
