"""What a process costs: memory that is its own, and time on the processor, its children included."""

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cost:
    """`pss_bytes`: shared pages counted by share, so that a sum over processes is true."""

    pss_bytes: int
    cpu_seconds: float


def cost_of(pid: int) -> Cost | None:
    """The process and its living descendants together; None when it is gone."""
    family = _family(pid)
    if not family:
        return None
    pss, cpu = 0, 0.0
    for one in family:
        with contextlib.suppress(psutil.Error, OSError):
            times = one.cpu_times()
            cpu += times.user + times.system
            pss += _pss_bytes(one)
    return Cost(pss, cpu)


def pss_bytes(pids: Iterable[int]) -> int:
    """Memory of these processes and their living descendants, each counted once; 0 of those that are gone."""
    found = 0
    for process in {process for pid in pids for process in _family(pid)}:
        with contextlib.suppress(psutil.Error, OSError):
            found += _pss_bytes(process)
    return found


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _pss_bytes(process: psutil.Process) -> int:
    with contextlib.suppress(OSError):
        found = _PSS.search(Path(f"/proc/{process.pid}/smaps_rollup").read_text())
        if found:
            return int(found.group(1)) * 1024
    # Where the system does not tell shares, shared pages count in full.
    return int(process.memory_info().rss)
