"""A commit's rows and its announcement, out of the claims that it is made of."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (pyarrow's own stubs leave the types of most results open)

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import pyarrow as pa
from tidelake.tables.announcement import AnnouncedRange, Announcement
from tidelake.tables.bronze import BRONZE_SCHEMA

from bronze_writer.core.columns import RECORD_SCHEMA
from bronze_writer.core.pending import Claim


def rows_of(claims: Sequence[Claim], written_at: datetime) -> pa.Table:
    """BRONZE_SCHEMA; the claims' records in their order."""
    tables = [_rows(claim, written_at) for claim in claims if claim.batches]
    return pa.concat_tables([BRONZE_SCHEMA.empty_table(), *tables]).combine_chunks()


def announcement_of(
    claims: Sequence[Claim], table: str, dataset: str, commit_id: str, written_at: datetime
) -> Announcement:
    """What the commit of these claims says of itself."""
    ranges = tuple(
        AnnouncedRange(
            claim.source.topic_id,
            claim.topic,
            claim.source.partition,
            claim.offsets.first,
            claim.offsets.end,
            claim.rows,
            claim.lost,
        )
        for claim in claims
    )
    rows = sum(announced.rows for announced in ranges)
    return Announcement(table, dataset, commit_id, written_at, rows, ranges)


def _rows(claim: Claim, written_at: datetime) -> pa.Table:
    records = pa.Table.from_batches(claim.batches, RECORD_SCHEMA)
    same: dict[str, object] = {
        "topic_id": claim.source.topic_id,
        "topic": claim.topic,
        "partition": claim.source.partition,
        "written_at": written_at,
    }
    columns: list[Any] = [
        _repeated(same[name], name, records.num_rows) if name in same else records[name]
        for name in BRONZE_SCHEMA.names
    ]
    return pa.table(columns, schema=BRONZE_SCHEMA)


def _repeated(value: object, column: str, times: int) -> pa.Array[Any]:
    kind: Any = BRONZE_SCHEMA.field(column).type
    return pa.repeat(pa.scalar(cast("Any", value), kind), times)
