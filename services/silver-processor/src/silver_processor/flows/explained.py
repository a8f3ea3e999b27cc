"""Which rows of a batch stand in a table already."""

from __future__ import annotations

import pyarrow as pa

from silver_processor.core.shapes import POSITION
from silver_processor.core.spans import Bounds
from silver_processor.flows.ports import Snapshot


def explained_in(table: Snapshot, judged: pa.Table, bounds: Bounds, prefix: str) -> pa.Table:
    """Positions of the batch's rows that are there, and perhaps of others. `prefix`: of the columns."""
    columns = [f"{prefix}{name}" for name in POSITION]
    offsets, between = judged["offset"].combine_chunks(), {f"{prefix}written_at": bounds.written_at}
    return table.rows_with(f"{prefix}offset", offsets, between, columns).rename_columns(list(POSITION))
