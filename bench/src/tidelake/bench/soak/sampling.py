"""What the stack takes at each look: memory and processor time of each process, and room on disk."""

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tidelake.local.memory import cost_of
from tidelake.local.stack import Stack

EVERY_S = 10.0


class Sampling:
    """Grows by `look`. Series are by name, of (seconds since `began`, value)."""

    def __init__(self, stack: Stack, began: float) -> None:
        self._stack = stack
        self._began = began
        self.pss: dict[str, list[tuple[float, float]]] = defaultdict(list)
        """Bytes of each process and its children, and of `all`."""
        self.cpu: dict[str, list[tuple[float, float]]] = defaultdict(list)
        """Processor seconds since the beginning, over all lives of a process as far as it was looked at."""
        self.sizes: dict[str, list[tuple[float, float]]] = defaultdict(list)
        """Bytes on disk: of each engine's data, and of each process' log."""
        self._spent: dict[str, tuple[int, float]] = {}  # pid, and what it had spent at the last look
        self._earlier: dict[str, float] = defaultdict(float)

    def look(self) -> None:
        """One sample of everything."""
        at, total = time.time() - self._began, 0.0
        for name, record in self._stack.records.items():
            cost = cost_of(record.pid) if record.alive else None
            if cost is None:
                continue
            total += cost.pss_bytes
            self.pss[name].append((at, cost.pss_bytes))
            pid, spent = self._spent.get(name, (record.pid, cost.cpu_seconds))
            self._earlier[name] += cost.cpu_seconds - (spent if pid == record.pid else 0.0)
            self._spent[name] = record.pid, cost.cpu_seconds
            self.cpu[name].append((at, self._earlier[name]))
        self.pss["all"].append((at, total))
        home = self._stack.home
        for folder in sorted(home.data.iterdir()):
            self.sizes[f"data of {folder.name}"].append((at, _bytes_below(folder)))
        logs: dict[str, int] = defaultdict(int)
        for log in home.logs.iterdir():
            with suppress(FileNotFoundError):  # a start moves them
                logs[log.name.split(".log")[0]] += log.stat().st_size
        for name, size in logs.items():
            self.sizes[f"log of {name}"].append((at, size))


def _bytes_below(folder: Path) -> int:
    return sum(_file_sizes(str(folder)))


def _file_sizes(folder: str) -> Iterator[int]:
    """Files come and go meanwhile: what is gone has no size."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    if entry.is_dir(follow_symlinks=False):
                        yield from _file_sizes(entry.path)
                    else:
                        yield entry.stat(follow_symlinks=False).st_size
                except FileNotFoundError:
                    continue
    except FileNotFoundError:
        return
