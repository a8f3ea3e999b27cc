"""Delta tables that are looked at again and again: opened once, and from then on only what is new is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.dataset
from deltalake import DeltaTable
from tidelake.ledger.runs import Offsets, Runs
from tidelake.tables.bronze_table import TableMissing
from tidelake.tables.delta_creation import has_aged, open_table
from tidelake.tables.positions import Source
from tidelake.tables.refusals import store_errors
from tidelake.tables.storage import LakeStorage

from monitor.outbound.table_tokens import TableTokens

ds: Any = pyarrow.dataset  # what its type stubs say is known in part only


class KeptTable:
    """One table, by its path below the lake's root. For one thread."""

    def __init__(self, storage: LakeStorage, path: str) -> None:
        self.path = path
        self._storage = storage
        self._kept: tuple[DeltaTable, int] | None = None
        self.tokens = TableTokens()

    def forget(self) -> None:
        """Its log is read anew from its start next time: the table may have been made again."""
        self._kept = None

    def newest(self) -> DeltaTable | None:
        """The newest version; None where there is no table. Raises StoreUnavailable, StoreRefused,
        LogUnreadable."""
        kept, self._kept = self._kept, None  # until it is known to be as good as new
        if kept is not None and not has_aged(*kept):
            with store_errors("read the log of", self.path):
                kept[0].update_incremental()
            self._kept = kept
            return kept[0]
        try:
            delta = open_table(self._storage, self.path)
        except TableMissing:
            return None
        self._kept = delta, delta.version()
        return delta


def rows_since(
    delta: DeltaTable,
    path: str,
    column: str,
    since: datetime,
    columns: Sequence[str],
    wanted: Callable[[pa.Table], pa.Table] | None = None,
) -> pa.Table:
    """Rows whose time in `column` is not before `since`; files are left out by their statistics. `wanted`: of
    these, asked part by part, so that the others are never in memory at once. Raises StoreUnavailable,
    StoreRefused."""
    with store_errors("read the newest rows of", path):
        dataset = cast("Any", delta).to_pyarrow_dataset()
        begin = cast("Any", pa).scalar(since, dataset.schema.field(column).type)
        newest = ds.field(column) >= begin
        if wanted is None:
            return dataset.to_table(columns=list(columns), filter=newest)
        scanner = dataset.scanner(columns=list(columns), filter=newest)
        parts = [wanted(pa.Table.from_batches([batch])) for batch in scanner.to_batches()]
        return pa.concat_tables([scanner.projected_schema.empty_table(), *parts])


def oldest_written(delta: DeltaTable, path: str, rows: Mapping[Source, Runs]) -> datetime | None:
    """When bronze committed the oldest of these rows. Raises StoreUnavailable, StoreRefused."""
    oldest: list[datetime] = []
    with store_errors("read the oldest rows of", path):
        dataset = cast("Any", delta).to_pyarrow_dataset()
        for source, runs in rows.items():
            at, offset = ds.field("topic_id") == source.topic_id, ds.field("offset")
            at &= ds.field("partition") == pa.scalar(source.partition, pa.int32())
            at &= (offset >= int(runs[:, 0].min())) & (offset < int(runs[:, 1].max()))
            found: pa.Table = dataset.to_table(columns=["offset", "written_at"], filter=at)
            offsets: Offsets = found["offset"].to_numpy()
            ascending = runs[np.argsort(runs[:, 0])]
            nth = np.searchsorted(ascending[:, 0], offsets, side="right") - 1
            is_one = (nth >= 0) & (offsets < ascending[np.maximum(nth, 0), 1])
            mask = cast("Any", pa).array(is_one)
            times = found["written_at"].filter(mask).to_pylist()
            oldest += [time for time in times if time is not None]
    return min(oldest, default=None)
