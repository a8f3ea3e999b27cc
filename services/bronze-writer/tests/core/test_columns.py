"""Records become rows byte for byte, whatever somebody sent."""

from datetime import UTC, datetime

import pytest
from bronze_writer.core.columns import RECORD_SCHEMA, by_partition, record_batch
from hypothesis import given
from hypothesis import strategies as st
from tidelake.streams.values import Headers, TopicPartition

FLIGHTS = TopicPartition("events.flights", 0)


class Sent:
    """A record as it comes from Kafka."""

    def __init__(
        self,
        offset: int = 0,
        key: bytes | None = None,
        value: bytes | None = b"value",
        headers: Headers | None = None,
        timestamp: tuple[int, int] = (1, 1_357_034_400_123),
        at: TopicPartition = FLIGHTS,
    ) -> None:
        self._record = (offset, key, value, headers, timestamp)
        self._at = at

    def topic(self) -> str:
        return self._at.topic

    def partition(self) -> int:
        return self._at.partition

    def offset(self) -> int:
        return self._record[0]

    def key(self) -> bytes | None:
        return self._record[1]

    def value(self) -> bytes | None:
        return self._record[2]

    def headers(self) -> Headers | None:
        return self._record[3]

    def timestamp(self) -> tuple[int, int]:
        return self._record[4]


def row(sent: Sent) -> dict[str, object]:
    (only,) = record_batch([sent]).to_pylist()
    return only


def test_no_records_are_no_rows() -> None:
    assert record_batch([]).schema == RECORD_SCHEMA
    assert record_batch([]).num_rows == 0


def test_a_record_of_the_door_is_a_row() -> None:
    headers: Headers = [("ce_id", b"1"), ("ce_receivedtime", b"2013-01-01T10:00:00.250Z"), ("other", None)]
    assert row(Sent(7, b"key", b"{}", headers)) == {
        "offset": 7,
        "key": b"key",
        "value": b"{}",
        "headers": [{"key": name, "value": value} for name, value in headers],
        "kafka_timestamp": datetime(2013, 1, 1, 10, 0, 0, 123_000, tzinfo=UTC),
        "kafka_timestamp_type": "create_time",
        "received_at": datetime(2013, 1, 1, 10, 0, 0, 250_000, tzinfo=UTC),
    }


def test_null_and_empty_stay_apart() -> None:
    assert (row(Sent(key=None))["key"], row(Sent(key=b""))["key"]) == (None, b"")
    assert (row(Sent(value=None))["value"], row(Sent(value=b""))["value"]) == (None, b"")
    assert row(Sent(headers=None))["headers"] == []
    assert row(Sent(headers=[("", None), ("", b"")]))["headers"] == [
        {"key": "", "value": None},
        {"key": "", "value": b""},
    ]


def test_a_megabyte_of_anything_stays_as_it_is() -> None:
    anything = bytes(range(256)) * 4096
    assert row(Sent(key=anything, value=anything, headers=[("h", anything)]))["value"] == anything


@pytest.mark.parametrize(
    ("timestamp", "expected", "kind"),
    [
        ((0, -1), None, "not_available"),
        ((0, 5), None, "not_available"),
        ((1, 0), datetime(1970, 1, 1, tzinfo=UTC), "create_time"),
        ((2, 1), datetime(1970, 1, 1, 0, 0, 0, 1000, tzinfo=UTC), "log_append_time"),
        ((1, 2**63 - 1), None, "create_time"),
        ((1, -(2**63)), None, "create_time"),
        ((1, -62_135_596_800_000), datetime(1, 1, 1, tzinfo=UTC), "create_time"),
        ((1, 253_402_300_799_999), datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC), "create_time"),
    ],
)
def test_any_timestamp_of_kafka_is_taken(
    timestamp: tuple[int, int], expected: datetime | None, kind: str
) -> None:
    found = row(Sent(timestamp=timestamp))
    assert (found["kafka_timestamp"], found["kafka_timestamp_type"]) == (expected, kind)


HEADERS = st.none() | st.lists(st.tuples(st.text(), st.none() | st.binary(max_size=8)), max_size=4)
SENT = st.builds(
    Sent,
    offset=st.integers(0, 2**62),
    key=st.none() | st.binary(max_size=8),
    value=st.none() | st.binary(max_size=8),
    headers=HEADERS,
    timestamp=st.tuples(st.sampled_from([0, 1, 2]), st.integers(-(2**63), 2**63 - 1)),
)


@given(st.lists(SENT, max_size=8))
def test_every_batch_of_records_comes_back_as_it_was(sent: list[Sent]) -> None:
    batch = record_batch(sent)
    batch.validate(full=True)
    assert [(r["offset"], r["key"], r["value"]) for r in batch.to_pylist()] == [
        (s.offset(), s.key(), s.value()) for s in sent
    ]
    found = [[(h["key"], h["value"]) for h in r["headers"]] for r in batch.to_pylist()]
    assert found == [list(s.headers() or []) for s in sent]


def test_messages_are_sorted_by_their_partitions_in_their_order() -> None:
    a, b = TopicPartition("events.flights", 0), TopicPartition("events.flights", 1)
    other = TopicPartition("events.weather", 0)
    sent = [Sent(offset, at=at) for offset, at in enumerate([a, a, b, a, other, other])]
    sorted_ = {at: [m.offset() for m in messages] for at, messages in by_partition(sent).items()}
    assert sorted_ == {a: [0, 1, 3], b: [2], other: [4, 5]}
    assert by_partition([]) == {}
