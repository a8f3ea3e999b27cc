"""The shape of every bronze table: one row per Kafka record, whatever its bytes are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pyarrow as pa

CHECKPOINT_INTERVAL = 50
"""Versions from one checkpoint to the next: Trino reads all commits since the last one at each query."""

PLAIN_PROPERTIES: Mapping[str, str] = MappingProxyType(
    {
        "delta.checkpointInterval": str(CHECKPOINT_INTERVAL),
        "delta.checkpointPolicy": "classic",
        "delta.columnMapping.mode": "none",
        "delta.enableDeletionVectors": "false",
        # The log and the files are cleaned by the table's owner, which knows what readers still need.
        "delta.enableExpiredLogCleanup": "false",
        "delta.deletedFileRetentionDuration": "interval 7 days",
    }
)
"""Of every table of the lake. Nothing here raises the protocol above (1, 2): every engine reads it."""

TOPIC_ID = "lake.topic_id"
TOPIC = "lake.topic"
DATASET = "lake.dataset"

_TIME = pa.timestamp("us", "UTC")
_HEADER = pa.struct([pa.field("key", pa.string(), nullable=False), pa.field("value", pa.binary())])
HEADERS_TYPE = pa.list_(pa.field("element", _HEADER, nullable=False))


_COLUMNS: tuple[tuple[str, pa.DataType, bool, str], ...] = (
    # name, type, may be null, comment
    ("topic_id", pa.string(), False, "Kafka's id of the topic: another one if the topic is made anew."),
    ("topic", pa.string(), False, "Kafka topic that the record was read from."),
    ("partition", pa.int32(), False, "Partition of the topic."),
    ("offset", pa.int64(), False, "Offset. (topic_id, partition, offset) is unique in the table."),
    ("key", pa.binary(), True, "Kafka key as sent; where the door made the record, the event id."),
    ("value", pa.binary(), True, "Kafka value, byte for byte as sent. Null for a tombstone."),
    (
        "headers",
        HEADERS_TYPE,
        False,
        "Kafka headers in their order, with repeats and null values; empty if there are none. Bytes of a "
        "name that are not UTF-8, which Kafka's protocol forbids, are written as \\xff.",
    ),
    (
        "kafka_timestamp",
        _TIME,
        True,
        "Kafka's timestamp, whole milliseconds. Null if not available, or outside the years 1 to 9999.",
    ),
    ("kafka_timestamp_type", pa.string(), False, "create_time, log_append_time or not_available."),
    (
        "received_at",
        _TIME,
        True,
        "When the door took the record (header ce_receivedtime), whole milliseconds. Null if there is none "
        "or it can't be read.",
    ),
    (
        "written_at",
        _TIME,
        False,
        "When the row was committed: the writer's clock just before, whole milliseconds, one value a commit.",
    ),
)

BRONZE_SCHEMA = pa.schema(
    [pa.field(name, kind, null, {"comment": comment}) for name, kind, null, comment in _COLUMNS]
)
"""Grain: one row per Kafka record of a read_committed reader. Fixed: it never changes with a contract."""


@dataclass(frozen=True, slots=True)
class BronzeSpec:
    """A bronze table as it is made: empty, bound to one incarnation of one topic."""

    path: str  # below the lake's root: bronze/flights
    dataset: str
    topic: str
    topic_id: str
    description: str = ""

    @property
    def properties(self) -> Mapping[str, str]:
        """Delta table properties. delta.setTransactionRetentionDuration must stay unset (see unfitness)."""
        return MappingProxyType(
            {
                **PLAIN_PROPERTIES,
                "delta.appendOnly": "true",
                "delta.logRetentionDuration": "interval 30 days",
                # Minimum and maximum only where somebody filters; none over payloads.
                "delta.dataSkippingStatsColumns": "partition,offset,kafka_timestamp,received_at,written_at",
                DATASET: self.dataset,
                TOPIC: self.topic,
                TOPIC_ID: self.topic_id,
            }
        )


_FORGETS_TOKENS = "delta.setTransactionRetentionDuration"


def unfitness(
    schema: pa.Schema, configuration: Mapping[str, str | None], partition_columns: Sequence[str]
) -> str | None:
    """Why a table with these may not be written to as a bronze table; None if it may."""
    if not schema.equals(BRONZE_SCHEMA):
        odd = sorted(_columns(schema) ^ _columns(BRONZE_SCHEMA))
        return f"its columns are not those of bronze; they differ in {', '.join(odd) or 'their order'}"
    if partition_columns:
        return f"it is partitioned by {', '.join(partition_columns)}"
    if not configuration.get(TOPIC_ID):
        return f"its property {TOPIC_ID} is not set, so nobody knows which topic it is filled from"
    if str(configuration.get("delta.appendOnly")).lower() != "true":
        return "its property delta.appendOnly is not true"
    if configuration.get(_FORGETS_TOKENS):
        return f"its property {_FORGETS_TOKENS} is set, and with it the table forgets its tokens"
    return None


def _columns(schema: Any) -> set[str]:  # pyarrow's stubs leave the type of a field open
    return {f"{each.name} {each.type}{'' if each.nullable else ' not null'}" for each in schema}
