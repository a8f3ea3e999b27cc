"""Two processors on one dataset at once, one of them with older rules: each row still has one outcome."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import combinations
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute
import pytest
from pyspark.sql import SparkSession
from silver_processor.core.judging import Judge
from silver_processor.flows.ports import Snapshot, Table
from silver_processor.flows.take_batch import take_piece
from silver_processor.on_spark import SilverLab, trip
from tidelake.contracts.contract import Contract
from tidelake.tables.storage import LakeStorage

# What its type stubs say is known in part only.
pc: Any = pyarrow.compute

pytestmark = [pytest.mark.conformance, pytest.mark.query_layer, pytest.mark.timeout(900)]

_STEPS = 3
"""Of one driver that nobody disturbs: it looks at the tables, and commits to each."""


class Turns:
    """Lets two threads go on one at a time, from step to step, in this order; then the first before the
    second."""

    def __init__(self, order: Sequence[int]) -> None:
        self._order = list(order)
        self._changed = threading.Condition()
        self._goes: int | None = None
        self._ended: set[int] = set()

    def step(self, who: int) -> None:
        """Returns when it is this one's turn again."""
        with self._changed:
            self._yield(who)
            assert self._changed.wait_for(lambda: self._goes is None and self._next() == who, 60)
            if self._order:
                self._order.pop(0)
            self._goes = who

    def drive(self, who: int, work: Callable[[Callable[[], None]], None]) -> None:
        """Does the work, which steps by what it is given."""
        try:
            work(lambda: self.step(who))
        finally:
            with self._changed:
                self._ended.add(who)
                self._yield(who)

    def _yield(self, who: int) -> None:
        if self._goes == who:
            self._goes = None
        self._changed.notify_all()

    def _next(self) -> int:
        while self._order and self._order[0] in self._ended:
            self._order.pop(0)
        return self._order[0] if self._order else min({0, 1} - self._ended)


class Watched:
    """Silver, which its driver looks at first: waits for its turn before."""

    def __init__(self, table: Table, look: Callable[[], None]) -> None:
        self._table = table
        self._look = look

    def snapshot(self) -> Snapshot:
        self._look()
        return self._table.snapshot()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


@dataclass(frozen=True)
class Driver:
    """One of two on the lab's tables, with its own contract and judged rows of several batches."""

    lab: SilverLab
    contract: Contract
    judged: pa.Table

    def take(self, offsets: range, step: Callable[[], None]) -> None:
        """One batch. `step` is called before each look and each commit."""

        def new_commit_id() -> str:
            step()
            return uuid.uuid4().hex

        rows = self.judged.filter(pc.is_in(self.judged["offset"], pa.array(offsets, pa.int64())))

        @cache
        def table(path: str) -> Table:
            found = self.lab.table(path)
            return cast("Table", Watched(found, step)) if path == self.contract.silver_path else found

        ports = replace(self.lab.ports(), new_commit_id=new_commit_id)
        take_piece(rows, self.contract, table, self.lab.new_state(), ports)


def orders() -> Iterator[Sequence[int]]:
    """Every way in which two drivers' steps can mix."""
    for of_second in combinations(range(2 * _STEPS), _STEPS):
        yield [int(at in of_second) for at in range(2 * _STEPS)]


def test_each_row_has_one_outcome_however_their_steps_mix(spark: SparkSession, storage: LakeStorage) -> None:
    lab, every = SilverLab(spark, storage), list(orders())
    ids = range(len(every))
    rows = lab.rows(
        [value for nth in ids for value in (trip(nth, place="x"), trip(1000 + nth), trip(1000 + nth))]
    )
    drivers = [
        Driver(lab, contract, Judge(contract).judge(rows).toArrow())
        for contract in (lab.contract, lab.relaxed())
    ]
    with ThreadPoolExecutor(2) as pool:
        for nth, order in enumerate(every):
            turns, offsets = Turns(order), range(3 * nth, 3 * nth + 3)
            for driver in [
                pool.submit(turns.drive, who, partial(drivers[who].take, offsets)) for who in (0, 1)
            ]:
                driver.result()
    found = lab.outcome_of()
    by_kind = [Counter(word for (_, _, at), word in found.items() if at % 3 == kind) for kind in range(3)]
    # Each of them came first in some order.
    assert by_kind[0].keys() == {"quarantined", "inserted"}
    assert by_kind[1:] == [Counter(inserted=len(every)), Counter(duplicate=len(every))]
