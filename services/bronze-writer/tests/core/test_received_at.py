"""When the door took a record, or null: never an error, whatever stands in the header."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from bronze_writer.core.received_at import received_at
from tidelake.tables.bronze import HEADERS_TYPE

NAME = "ce_receivedtime"
TEN = datetime(2013, 1, 1, 10, tzinfo=UTC)


def times(*records: Sequence[tuple[str, bytes | None]]) -> list[datetime | None]:
    headers: Any = pa.array(
        [[{"key": name, "value": value} for name, value in record] for record in records], HEADERS_TYPE
    )
    return received_at(headers).to_pylist()


def test_of_every_record_when_all_have_it() -> None:
    one, two = [(NAME, b"2013-01-01T10:00:00Z")], [("x", b""), (NAME, b"2013-01-01T10:00:00.001Z")]
    assert times(one, two) == [TEN, TEN.replace(microsecond=1000)]


def test_of_those_that_have_it() -> None:
    assert times([], [(NAME, b"2013-01-01T10:00:00Z")], [("other", b"2013-01-01T10:00:00Z")]) == [
        None,
        TEN,
        None,
    ]
    assert times() == []
    assert times([], []) == [None, None]


def test_the_first_of_several_counts() -> None:
    assert times([(NAME, b"2013-01-01T10:00:00Z"), (NAME, b"2014-01-01T10:00:00Z")], []) == [TEN, None]


def test_what_is_finer_than_milliseconds_is_cut_off() -> None:
    assert times([(NAME, b"2013-01-01T10:00:00.123999Z")]) == [TEN.replace(microsecond=123_000)]


def test_another_zone_is_the_same_moment() -> None:
    assert times([(NAME, b"2013-01-01T12:00:00+02:00")]) == [TEN]


@pytest.mark.parametrize(
    "unreadable",
    [
        None,
        b"",
        b"yesterday",
        b"2013-01-01T10:00:00",
        b"2013-13-45T99:00:00Z",
        b"\xff\xfe",
        b"2013-02-30T10:00:00Z",
    ],
)
def test_what_cannot_be_read_is_null_and_does_not_harm_its_neighbours(unreadable: bytes | None) -> None:
    good = (NAME, b"2013-01-01T10:00:00Z")
    assert times([good], [(NAME, unreadable)], [good]) == [TEN, None, TEN]
