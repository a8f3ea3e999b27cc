"""Batches as aiokafka reads them, whatever bytes their headers' names have."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka.record.default_records import (  # pyright: ignore[reportMissingTypeStubs]
    DefaultRecordBatchBuilder,
)
from aiokafka.record.memory_records import MemoryRecords  # pyright: ignore[reportMissingTypeStubs]
from ingest_router.inbound.lenient_records import LenientRecords

Headers = list[tuple[str, bytes | None]]


def batch(*headers: Headers) -> bytes:
    """One batch as it stands in a log, a record for each list of headers."""
    builder: Any = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1_000_000,
    )
    for offset, each in enumerate(headers):
        builder.append(offset, timestamp=7, key=b"k", value=b"v%d" % offset, headers=each)
    return bytes(builder.build())


def read(records: Any) -> list[tuple[int, bytes, Headers]]:
    found: list[tuple[int, bytes, Headers]] = []
    while records.has_next():
        found += [(one.offset, one.value, list(one.headers)) for one in records.next_batch()]
    return found


GOOD = batch([("stream", b"web"), ("n", None)], [], [("ü", b"\xff")])


def test_what_can_be_read_is_read_as_it_is() -> None:
    assert read(LenientRecords(GOOD + GOOD)) == read(MemoryRecords(GOOD + GOOD))
    assert LenientRecords(GOOD).size_in_bytes() == len(GOOD)


def test_a_name_that_is_no_utf8_is_written_so_and_harms_no_other_record() -> None:
    data = batch([("aa", b"1")], [("stream", b"web"), ("bb", b"2")])
    spoilt = data.replace(b"bb", b"\xfeb")  # the builder writes text only
    with pytest.raises(UnicodeDecodeError):
        read(MemoryRecords(spoilt))
    assert read(LenientRecords(spoilt + GOOD)) == [
        (0, b"v0", [("aa", b"1")]),
        (1, b"v1", [("stream", b"web"), ("\\xfeb", b"2")]),
        *read(MemoryRecords(GOOD)),
    ]


def test_a_batch_keeps_what_the_fetcher_asks_of_it() -> None:
    records = LenientRecords(GOOD)
    lenient = records.next_batch()
    assert (lenient.base_offset, lenient.next_offset, lenient.is_control_batch) == (0, 3, False)
    assert lenient.validate_crc()
    assert not records.has_next()
