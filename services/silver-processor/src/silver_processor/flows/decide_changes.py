"""Changes of an upsert dataset, decided from what its tables say of their keys."""

from __future__ import annotations

from typing import Any, cast

import pyarrow as pa
import pyarrow.compute

from silver_processor.core.changes import READ
from silver_processor.core.shapes import POSITION
from silver_processor.core.shaping import outcome_rows
from silver_processor.core.spans import Bounds
from silver_processor.core.upserting import decided, looks_back, silver_rows
from silver_processor.flows.decided import Decided, Undecided
from silver_processor.flows.explained import explained_in
from silver_processor.flows.ports import Snapshot

# What its type stubs say is known in part only.
pc: Any = pyarrow.compute

_EARLIER = (*POSITION, "event_id", "op", "lsn", "tx_id", "outcome")
_LAST = 2**63 - 1


def decide_changes(batch: Undecided, silver: Snapshot, outcomes: Snapshot) -> Decided:
    """The new states of keys, and what becomes of each row. Event times play no part.

    Raises StoreUnavailable, StoreRefused.
    """
    judged = batch.judged
    changes = judged.filter(pc.is_valid(judged["lsn"]))
    keys = cast("Any", changes["event_id"]).unique()
    known = silver.rows_with("lake_event_id", keys, {})
    explained = explained_in(outcomes, judged, Bounds.of(batch.spans), "")
    earlier = [_sent_before(changes, keys, outcomes)]
    if back := looks_back(judged, known, explained):
        ends = (min(back.values()), _LAST)
        earlier.append(outcomes.rows_with("event_id", pa.array(back), {"offset": ends}, _EARLIER))
    decision = decided(judged, known, pa.concat_tables(earlier), explained, batch.contract)
    return Decided(
        decision.rows,
        silver_rows(decision.keys, batch.stamp, silver.shape),
        outcome_rows(decision.rows, batch.stamp, outcomes.shape),
        {},
    )


def _sent_before(changes: pa.Table, keys: Any, outcomes: Snapshot) -> pa.Table:
    """Rows of the outcomes that may be the same changes, or newer than a snapshot's. However far back a
    source begins again: what it sends has the same place in its log, by which files are skipped."""
    ends = pc.min_max(changes["lsn"]).as_py()
    last = _LAST if pc.any(pc.equal(changes["op"], READ)).as_py() else ends["max"]
    return outcomes.rows_with("event_id", keys, {"lsn": (ends["min"], last)}, _EARLIER)
