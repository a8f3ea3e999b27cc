"""Tells one process from a later one that was given the same pid."""

from pathlib import Path

import psutil


def process_identity(pid: int) -> str | None:
    """The same text as long as this very process lives, also across reboots; None when it is gone.

    A zombie is gone: it only waits for its parent to take notice. But while other threads of it still end,
    its ports are not free yet.
    """
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1:
            return None
        return f"{_boot()}/{_start(process)}"
    except (psutil.NoSuchProcess, psutil.AccessDenied, FileNotFoundError, ProcessLookupError):
        return None


def _boot() -> str:
    boot_id = Path("/proc/sys/kernel/random/boot_id")
    return boot_id.read_text().strip() if boot_id.exists() else str(int(psutil.boot_time()))


def _start(process: psutil.Process) -> str:
    # The kernel's own count since boot: psutil's time of day moves when the clock is set.
    stat = Path(f"/proc/{process.pid}/stat")
    if stat.exists():
        return stat.read_text().rpartition(")")[2].split()[19]
    return f"{process.create_time():.3f}"
