"""Rows of bronze for tests, and the positions that a table really holds."""

from collections import Counter
from datetime import UTC, datetime

import pyarrow as pa
from tidelake.tables.announcement import AnnouncedRange, Announcement
from tidelake.tables.bronze import BRONZE_SCHEMA
from tidelake.tables.positions import OffsetRange, Source

WRITTEN_AT = datetime(2026, 1, 1, tzinfo=UTC)
Position = tuple[str, int, int]
"""Topic id, partition, offset."""


def bronze_rows(source: Source, offsets: OffsetRange, topic: str = "events.flights") -> pa.Table:
    """One row for every offset of the range; the value names the position."""
    rows: list[dict[str, object]] = [
        {
            "topic_id": source.topic_id,
            "topic": topic,
            "partition": source.partition,
            "offset": offset,
            "key": None,
            "value": f"{source.app_id}/{offset}".encode(),
            "headers": [],
            "kafka_timestamp": WRITTEN_AT,
            "kafka_timestamp_type": "create_time",
            "received_at": None,
            "written_at": WRITTEN_AT,
        }
        for offset in range(offsets.first, offsets.end)
    ]
    return pa.Table.from_pylist(rows, BRONZE_SCHEMA)


def announcement_of(
    table: str,
    source: Source,
    offsets: OffsetRange,
    commit_id: str = "commit",
    topic: str = "events.flights",
) -> Announcement:
    """The announcement of a commit of these rows alone."""
    rows = offsets.end - offsets.first
    announced = AnnouncedRange(source.topic_id, topic, source.partition, offsets.first, offsets.end, rows)
    return Announcement(table, "flights", commit_id, WRITTEN_AT, rows, (announced,))


def positions(rows: pa.Table) -> Counter[Position]:
    """How often each position stands in these rows."""
    columns = rows.select(["topic_id", "partition", "offset"]).to_pydict()
    return Counter(zip(columns["topic_id"], columns["partition"], columns["offset"], strict=True))
