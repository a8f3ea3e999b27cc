"""What a whole demo took: time, and the most memory of all its processes, as far as one looked."""

import os
import threading
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from tidelake.local.memory import pss_bytes
from tidelake.local.stack import Stack

_EVERY_S = 5.0  # the system reads every page of a process for it: each second was a fifth of a core


class PeakMemory:
    """Looks every five seconds while entered: at the stack's processes, this one, and their children."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._over = threading.Event()
        self._looker = threading.Thread(target=self._look, name="peak-memory", daemon=True)
        self.bytes = 0
        """Largest sum of their PSS, in which pages that several share count once."""

    def __enter__(self) -> Self:
        self._looker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._looker.join()

    def _look(self) -> None:
        while not self._over.wait(_EVERY_S):
            pids = {record.pid for record in self._stack.records.values()}
            self.bytes = max(self.bytes, pss_bytes({*pids, os.getpid()}))


def print_cost(seconds: float, peak_bytes: int, console: Console) -> dict[str, Any]:
    """One line; and the figures for whoever keeps them."""
    console.print(
        f"{seconds:.0f} s from the command to the answers, everything started; at its peak all processes "
        f"together took {peak_bytes / 2**30:.2f} GiB (sum of PSS, looked at every five seconds)\n"
    )
    return {"seconds": round(seconds, 1), "peak_pss_bytes": peak_bytes}
