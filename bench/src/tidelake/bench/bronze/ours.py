"""Our side: a real bronze-writer from its own entry point, on a lake that has nothing yet."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

import pyarrow as pa
from deltalake import DeltaTable
from tidelake.bench.bronze.dataset import BenchDataset
from tidelake.bench.commits import CommitLog
from tidelake.bench.costs import Meter
from tidelake.bench.errors import BenchFailed
from tidelake.bench.waiting import pause, wait_for
from tidelake.local.memory import Cost, cost_of
from tidelake.local.running import running
from tidelake.local.services import BronzeWriter, LakeAddress
from tidelake.local.stack import Stack
from tidelake.runtime.shutdown import StopSignal
from tidelake.tables.positions import Source
from tidelake.tables.storage import LakeStorage

_WITHIN = timedelta(minutes=5)
_ASK_EVERY = timedelta(seconds=0.25)
_SETTLES_S = 2.0


@dataclass(frozen=True, slots=True)
class OurLake:
    """One lake in the stack's bucket, apart from all others by its root."""

    stack: Stack
    address: LakeAddress

    @classmethod
    def named(cls, stack: Stack, name: str) -> "OurLake":
        """The lake below that name."""
        return cls(stack, replace(stack.lake, lake_root=f"{stack.lake.lake_root}/{name}"))

    @property
    def storage(self) -> LakeStorage:
        """Its store."""
        return LakeStorage(self.address.lake_root, self.address.service_account)

    @contextmanager
    def writer(self) -> Generator[int]:
        """The pid of a writer that is ready. Raises StartFailed."""
        writer = BronzeWriter(self.address, 1, self.stack.ports.writer)
        with running(writer, self.stack.home) as child:
            yield child.record.pid


@dataclass(frozen=True, slots=True)
class Drained:
    """What one writer cost: until it was ready, and from then until every record could be read."""

    start_up_cpu_s: float
    cost: Cost


def drain(lake: OurLake, dataset: BenchDataset, ends: dict[int, int], stop: StopSignal) -> Drained:
    """Starts a writer, puts the dataset into force, and waits until every record can be read in bronze.

    Raises BenchFailed also when bronze has another number of rows.
    """
    objects = lake.storage.objects()
    commits = CommitLog(objects, dataset.contract.bronze_path)

    with lake.writer() as pid:
        pause(_SETTLES_S, stop)
        start_up = _cost(pid).cpu_seconds
        meter = Meter({"bronze-writer": pid})
        # What the writer does until it looks for contracts again counts too: it is next to nothing.
        dataset.publish(objects)

        def caught_up() -> bool:
            meter.look()
            commits.refresh()
            return all(commits.end(Source(dataset.topic_id, at)) >= end for at, end in ends.items())

        wait_for(caught_up, "bronze with every record", stop, within=_WITHIN, every=_ASK_EVERY)
        cost = meter.look()["bronze-writer"]
    rows = _rows(lake.storage, dataset.contract.bronze_path)
    if rows != sum(ends.values()):
        raise BenchFailed(f"Bronze has {rows} rows of {sum(ends.values())} records.", "Report it as a fault.")
    return Drained(start_up, cost)


def _cost(pid: int) -> Cost:
    cost = cost_of(pid)
    if cost is None:
        raise BenchFailed("The bronze-writer ended while it was measured.", "Its log says why.")
    return cost


def _rows(storage: LakeStorage, path: str) -> int:
    table = DeltaTable(storage.uri(path), storage_options=storage.delta_options())
    counts = cast(
        "list[int]", pa.table(cast("Any", table.get_add_actions())).column("num_records").to_pylist()
    )
    return sum(counts)
