"""Records as columns: what the hot path does with each record is in this file."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (pyarrow's own stubs leave the types of most results open)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, chain, groupby
from typing import Any, cast

import pyarrow as pa
from tidelake.streams.headers import headers_of
from tidelake.streams.values import (
    TIMESTAMP_NOT_AVAILABLE,
    Message,
    TopicPartition,
)
from tidelake.tables.bronze import BRONZE_SCHEMA, HEADERS_TYPE

from bronze_writer.core.received_at import MILLISECONDS, TIME, received_at

RECORD_SCHEMA = pa.schema(
    [
        BRONZE_SCHEMA.field(name)
        for name in (
            "offset",
            "key",
            "value",
            "headers",
            "kafka_timestamp",
            "kafka_timestamp_type",
            "received_at",
        )
    ]
)
"""What differs from record to record; the rest of a row is the same for a whole commit of a partition."""

_TIMESTAMP_TYPES = ["not_available", "create_time", "log_append_time"]
"""Indexed by Kafka's own number of the type."""
_YEAR_1_MS = -62_135_596_800_000
_YEAR_10000_MS = 253_402_300_800_000


def by_partition(messages: Sequence[Message]) -> Mapping[TopicPartition, Sequence[Message]]:
    """The messages of each partition, in their order."""
    places = zip([m.topic() for m in messages], [m.partition() for m in messages], strict=True)
    found: dict[TopicPartition, list[Message]] = {}
    first = 0
    for (topic, partition), run in groupby(places):
        end = first + sum(1 for _ in run)
        found.setdefault(TopicPartition(topic, partition), []).extend(messages[first:end])
        first = end
    return found


def record_batch(messages: Sequence[Message]) -> pa.RecordBatch:
    """The records of one partition, byte for byte, one row each, in their order. Never raises."""
    headers = _headers([headers_of(m) or () for m in messages])
    timestamps, types = _timestamps([m.timestamp() for m in messages])
    return pa.RecordBatch.from_arrays(
        [
            pa.array([m.offset() for m in messages], pa.int64()),
            pa.array([m.key() for m in messages], pa.binary()),
            pa.array([m.value() for m in messages], pa.binary()),
            headers,
            timestamps,
            types,
            received_at(headers),
        ],
        schema=RECORD_SCHEMA,
    )


def _headers(headers: Sequence[Sequence[tuple[str, bytes | None]]]) -> pa.ListArray[Any]:
    flat = list(chain.from_iterable(headers))
    items = pa.StructArray.from_arrays(
        [pa.array([name for name, _ in flat], pa.string()), pa.array([v for _, v in flat], pa.binary())],
        fields=list(cast("Any", HEADERS_TYPE.value_type)),
    )
    offsets = pa.array(list(accumulate(map(len, headers), initial=0)), pa.int32())
    return pa.ListArray.from_arrays(offsets, items, type=HEADERS_TYPE)


def _timestamps(stamps: Sequence[tuple[int, int]]) -> tuple[pa.Array[Any], pa.Array[Any]]:
    kinds = [kind for kind, _ in stamps]
    times = [
        ms if kind != TIMESTAMP_NOT_AVAILABLE and _YEAR_1_MS <= ms < _YEAR_10000_MS else None
        for kind, ms in stamps
    ]
    types = pa.DictionaryArray.from_arrays(pa.array(kinds, pa.int8()), pa.array(_TIMESTAMP_TYPES))
    return pa.array(times, MILLISECONDS).cast(TIME), types.cast(pa.string())
