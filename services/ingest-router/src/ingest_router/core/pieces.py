"""Many records as pieces that a producer has room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tidelake.streams.producer import OutRecord

PIECE_BYTES = 8 * 1024 * 1024
PIECE_RECORDS = 10_000


def pieces(
    records: Sequence[OutRecord], most_bytes: int = PIECE_BYTES, most_records: int = PIECE_RECORDS
) -> Iterator[Sequence[OutRecord]]:
    """Together all records, in order. A record that is larger than `most_bytes` is a piece of its own."""
    first, size = 0, 0
    for at, record in enumerate(records):
        own = _size(record)
        if at > first and (size + own > most_bytes or at - first == most_records):
            yield records[first:at]
            first, size = at, 0
        size += own
    if first < len(records):
        yield records[first:]


def _size(record: OutRecord) -> int:
    """As producers count it."""
    headers = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.value or b"") + len(record.key or b"") + headers
