"""Looks for tables of a database that were emptied at their source: silver keeps such a marker as ignored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute
from deltalake import DeltaTable
from tidelake.contracts.contract import Contract

from monitor.core.truncates import TRUNCATE, Truncate
from monitor.outbound.kept_tables import rows_since

pc: Any = pyarrow.compute  # what its type stubs say is known in part only

_COLUMNS = ["partition", "offset", "outcome", "reasons", "written_at", "processed_at"]
_LOOKED_BACK = timedelta(days=1)
_ANEW = timedelta(hours=1)
_LATE = timedelta(minutes=10)
"""Outcomes may be seen so long after the moment that they name: by another clock, and before their commit."""


@dataclass(slots=True)
class TruncateSearch:
    """Of one dataset, again and again: a whole day is read at first and every hour, else what is new. For one
    thread."""

    _found: dict[tuple[int, int], tuple[datetime, Truncate]] = field(
        default_factory=dict[tuple[int, int], tuple[datetime, Truncate]]
    )
    _looked_at: datetime | None = None
    _began_anew: datetime | None = None

    def newest(self, contract: Contract, outcomes: DeltaTable, now: datetime) -> Truncate | None:
        """The newest of the last day; only datasets that follow a table can have one. Raises
        StoreUnavailable, StoreRefused."""
        if contract.table is None:
            return None
        begin = now - _LOOKED_BACK
        is_anew = self._began_anew is None or now - self._began_anew >= _ANEW
        since = begin if is_anew or self._looked_at is None else max(begin, self._looked_at - _LATE)
        # A change-data dataset has an outcome for each row of bronze: no object is made of what is no marker.
        rows = rows_since(outcomes, contract.outcomes_path, "processed_at", since, _COLUMNS, _truncates)
        if is_anew:
            self._began_anew = now
            self._found.clear()
        self._looked_at = now
        for row in rows.to_pylist():
            marker = Truncate(str(contract.table), row["written_at"], row["partition"], row["offset"])
            self._found[marker.partition, marker.offset] = row["processed_at"], marker
        recent = [marker for processed_at, marker in self._found.values() if processed_at >= begin]
        return max(recent, key=lambda one: (one.at, one.offset), default=None)


def _truncates(rows: pa.Table) -> pa.Table:
    """Those that are ignored, with the rule among their reasons."""
    # Not by a filter of the scan: pyarrow has none for the texts of files that deltalake wrote anew.
    ignored = rows.filter(pc.equal(_texts(rows["outcome"]), "ignored"))
    reasons: Any = ignored["reasons"].combine_chunks()
    rules = _texts(pc.list_flatten(reasons).field("rule"))
    return ignored.take(pc.unique(pc.list_parent_indices(reasons).filter(pc.equal(rules, TRUNCATE))))


def _texts(column: Any) -> Any:
    return column.cast(pa.string())
