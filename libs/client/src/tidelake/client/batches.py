"""Records as they go over the wire: a record given as bytes is sent as exactly these bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

Record = Mapping[str, Any] | bytes
"""A record as a mapping, or as the bytes of its JSON object."""

NDJSON = "application/x-ndjson"
JSON = "application/json"


def encoded(record: Record) -> bytes:
    """The record's own bytes."""
    return record if isinstance(record, bytes) else orjson.dumps(record)


def body(records: Sequence[bytes]) -> tuple[bytes, str]:
    """(request body, media type). One record a line, unless a record has line breaks of its own."""
    if any(b"\n" in record or b"\r" in record for record in records):
        return b"[" + b",".join(records) + b"]", JSON
    return b"\n".join(records), NDJSON


def batches(records: Iterable[Record], size: int) -> Iterator[list[bytes]]:
    """The records, encoded, in lists of `size`; the last one may be shorter."""
    batch: list[bytes] = []
    for record in records:
        batch.append(encoded(record))
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
