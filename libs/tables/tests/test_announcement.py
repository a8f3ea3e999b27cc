"""An announcement says the same in the commit and on the topic."""

from datetime import UTC, datetime

import msgspec
from tidelake.tables.announcement import (
    CommitAnnounced,
    decode_announcement,
    decode_commit_announced,
    encode,
)
from tidelake.tables.positions import OffsetRange, Source
from tidelake.testkit.bronze_rows import announcement_of

SAID = announcement_of("bronze/flights", Source("topic-id", 2), OffsetRange(10, 14), "a-commit")


def test_it_comes_back_as_it_was() -> None:
    assert decode_announcement(encode(SAID)) == SAID
    on_topic = CommitAnnounced.at(7, SAID)
    assert decode_commit_announced(encode(on_topic)) == on_topic


def test_readers_of_the_topic_find_these_fields() -> None:
    assert msgspec.json.decode(encode(CommitAnnounced.at(7, SAID))) == {
        "table": "bronze/flights",
        "version": 7,
        "dataset": "flights",
        "commit_id": "a-commit",
        "written_at": "2026-01-01T00:00:00Z",
        "rows": 4,
        "ranges": [
            {
                "topic_id": "topic-id",
                "topic": "events.flights",
                "partition": 2,
                "first": 10,
                "end": 14,
                "rows": 4,
                "lost": 0,
            }
        ],
    }
    assert SAID.written_at == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_newer_writer_may_add_fields() -> None:
    grown = encode(SAID)[:-1] + b',"compression":"zstd"}'
    assert decode_announcement(grown) == SAID


def test_a_range_is_of_a_source() -> None:
    assert SAID.ranges[0].source == Source("topic-id", 2)
    assert SAID.ranges[0].offsets == OffsetRange(10, 14)
