"""A commit's rows and announcement say the same of its claims."""

from datetime import UTC, datetime

import pyarrow as pa
from bronze_writer.core.columns import RECORD_SCHEMA
from bronze_writer.core.pending import Claim
from bronze_writer.core.rows import announcement_of, rows_of
from tidelake.tables.announcement import AnnouncedRange
from tidelake.tables.bronze import BRONZE_SCHEMA
from tidelake.tables.positions import OffsetRange, Source

AT = datetime(2013, 1, 1, 10, 0, 0, 5000, tzinfo=UTC)


def batch(*offsets: int) -> pa.RecordBatch:
    same: dict[str, object] = {"value": b"v", "headers": [], "kafka_timestamp_type": "create_time"}
    return pa.RecordBatch.from_pylist([{"offset": offset, **same} for offset in offsets], RECORD_SCHEMA)


CLAIMS = [
    Claim(Source("topic-id", 0), "events.flights", OffsetRange(5, 9), (batch(5, 6), batch(8))),
    Claim(Source("topic-id", 2), "events.flights", OffsetRange(7, 9), lost=1),
]


def test_rows_name_their_position_and_when_they_were_written() -> None:
    rows = rows_of(CLAIMS, AT)
    assert rows.schema == BRONZE_SCHEMA
    rows.validate(full=True)
    found = rows.select(["topic_id", "topic", "partition", "offset", "written_at"]).to_pylist()
    assert [tuple(row.values()) for row in found] == [
        ("topic-id", "events.flights", 0, offset, AT) for offset in (5, 6, 8)
    ]


def test_claims_without_records_are_no_rows() -> None:
    assert rows_of(CLAIMS[1:], AT).num_rows == 0
    assert rows_of(CLAIMS[1:], AT).schema == BRONZE_SCHEMA


def test_the_announcement_counts_rows_and_names_ranges() -> None:
    said = announcement_of(CLAIMS, "bronze/flights", "flights", "a-commit", AT)
    assert (said.rows, said.written_at, said.commit_id) == (3, AT, "a-commit")
    assert said.ranges == (
        AnnouncedRange("topic-id", "events.flights", 0, 5, 9, 3),
        AnnouncedRange("topic-id", "events.flights", 2, 7, 9, 0, 1),
    )
