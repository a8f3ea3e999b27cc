"""Rows of an append dataset, decided from what its tables say of their events."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from silver_processor.core.appending import decided, outcome_rows, silver_rows
from silver_processor.core.spans import Bounds, around, is_sound
from silver_processor.flows.decided import Decided, Undecided
from silver_processor.flows.explained import explained_in
from silver_processor.flows.ports import Snapshot


def decide_events(batch: Undecided, silver: Snapshot, outcomes: Snapshot) -> Decided:
    """What is new, and what else becomes of the rest. Raises StoreUnavailable, StoreRefused."""
    judged, contract = batch.judged, batch.contract
    bounds = Bounds.of(batch.spans)
    ids: Any = judged["event_id"].filter(is_sound(judged))
    known = silver.rows_with("lake_event_id", ids.combine_chunks(), around(contract, bounds))
    explained = pa.concat_tables(
        [
            _marked(explained_in(silver, judged, bounds, "lake_"), inserted=True),
            _marked(explained_in(outcomes, judged, bounds, ""), inserted=False),
        ]
    )
    decision = decided(judged, known, explained, batch.newest, contract)
    return Decided(
        decision.rows,
        silver_rows(decision.rows, batch.stamp, silver.shape),
        outcome_rows(decision.rows, batch.stamp, outcomes.shape),
        decision.newest,
    )


def _marked(rows: pa.Table, *, inserted: bool) -> pa.Table:
    marks: Any = pa.repeat(inserted, len(rows))
    return rows.append_column("inserted", marks)
