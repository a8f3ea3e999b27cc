"""Looks for tables of a database that were emptied at their source: silver keeps such a marker as ignored."""

from __future__ import annotations

from datetime import datetime, timedelta

from deltalake import DeltaTable
from tidelake.contracts.contract import Contract

from monitor.core.truncates import TRUNCATE, Truncate
from monitor.outbound.kept_tables import rows_since

_COLUMNS = ["partition", "offset", "outcome", "reasons", "written_at"]
LOOKED_BACK = timedelta(days=1)


def newest_truncate(contract: Contract, outcomes: DeltaTable, now: datetime) -> Truncate | None:
    """The newest of the last day; only datasets that follow a table can have one. Raises StoreUnavailable,
    StoreRefused."""
    if contract.table is None:
        return None
    rows = rows_since(outcomes, contract.outcomes_path, "processed_at", now - LOOKED_BACK, _COLUMNS)
    found = [
        Truncate(str(contract.table), row["written_at"], row["partition"], row["offset"])
        for row in rows.to_pylist()
        if row["outcome"] == "ignored" and any(one["rule"] == TRUNCATE for one in row["reasons"] or ())
    ]
    return max(found, key=lambda one: (one.at, one.offset), default=None)
