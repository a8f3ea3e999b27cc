"""What a streaming query costs for its rows, after a warm-up: seen from outside, by its checkpoint."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from tidelake.bench.costs import Meter
from tidelake.local.memory import Cost
from tidelake.tables.objects import Objects

_MEMORY_EVERY_S = 1.0
_COMMIT = re.compile(r".*/commits/\d+")


@dataclass(frozen=True, slots=True)
class Spent:
    """What one side spent after its warm-up."""

    batches: int
    cost: Cost


class BatchMeter:
    """Counts the batches of a query and what its process spends on them."""

    def __init__(
        self,
        objects: Objects,
        checkpoint: str,
        pid: int,
        name: str,
        warm_up: int,
        total: int,
        on_batches: Callable[[str], None],
    ) -> None:
        """`checkpoint`: its path below the lake's root. `warm_up`, `total`: batches. `on_batches` is told in
        words how many are done."""
        self._done = _batches_of(objects, checkpoint)
        self._name = name
        self._meter = Meter({name: pid})
        self._warm_up = warm_up
        self._total = total
        self._from: tuple[int, float] | None = None
        self._spent: Spent | None = None
        self._on_batches = on_batches
        self._seen = -1, 0.0

    def look(self) -> Spent | None:
        """What was spent, once all batches are done; None before. Raises BenchFailed."""
        if self._spent is not None:
            return self._spent
        done, now = self._done(), time.monotonic()
        known, since = self._seen
        if done == known and now - since < _MEMORY_EVERY_S:
            return None  # adding up the memory of a process costs it time
        self._seen = done, now
        if done != known:
            self._on_batches(f"{done} of {self._total} batches")
        cost = self._meter.look()[self._name]
        if self._from is None and done >= self._warm_up:
            self._from = done, cost.cpu_seconds
        if self._from is not None and done >= self._total:
            begun, cpu_seconds = self._from
            self._spent = Spent(done - begun, Cost(cost.pss_bytes, cost.cpu_seconds - cpu_seconds))
        return self._spent


def _batches_of(objects: Objects, checkpoint: str) -> Callable[[], int]:
    return lambda: sum(
        _COMMIT.fullmatch(entry.path) is not None for entry in objects.list(f"{checkpoint}/commits/")
    )
