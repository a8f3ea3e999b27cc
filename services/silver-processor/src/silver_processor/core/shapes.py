"""The columns that silver adds to a record's own fields, and the shape of its outcomes."""

from __future__ import annotations

from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)
from tidelake.contracts.contract import Mode

POSITION = ("topic_id", "partition", "offset")

REASON = StructType(
    [
        StructField("field", StringType(), True),
        StructField("rule", StringType(), True),
        StructField("value", StringType(), True),
        StructField("expected", StringType(), True),
    ]
)
"""One broken rule, in the words of the door's refusals."""

_HEADER = StructType([StructField("key", StringType(), True), StructField("value", BinaryType(), True)])


def _column(name: str, kind: DataType, null: bool, comment: str) -> StructField:
    return StructField(name, kind, null, {"comment": comment})


LAKE_COLUMNS = (
    _column("lake_event_id", StringType(), False, "Event id: unique within the contract's dedupe window."),
    _column("lake_topic_id", StringType(), False, "Position in bronze: Kafka's id of the topic."),
    _column("lake_partition", IntegerType(), False, "Position in bronze: partition of the topic."),
    _column("lake_offset", LongType(), False, "Position in bronze: offset."),
    _column(
        "lake_received_at",
        TimestampType(),
        True,
        "When the door took it; null if it came another way.",
    ),
    _column("lake_written_at", TimestampType(), False, "When bronze committed the record."),
    _column(
        "lake_processed_at",
        TimestampType(),
        False,
        "When silver took it: its clock before the commit.",
    ),
    _column(
        "lake_is_late",
        BooleanType(),
        True,
        "Its event time is further behind the newest one before it in its partition than the contract's "
        "lateAfter; null without an event time.",
    ),
    _column("lake_contract_version", StringType(), False, "Version of the contract that it was judged by."),
)

_STATE = StructType(
    [
        StructField("topic_id", StringType(), True),
        StructField("partition", IntegerType(), True),
        StructField("offset", LongType(), True),
        StructField("lsn", LongType(), True),
        StructField("is_deleted", BooleanType(), True),
    ]
)

UPSERT_LAKE_COLUMNS = (
    _column("lake_event_id", StringType(), False, "The row's key: unique in the table."),
    _column("lake_topic_id", StringType(), False, "Position of its newest change: Kafka's id of the topic."),
    _column("lake_partition", IntegerType(), False, "Position of its newest change: partition."),
    _column("lake_offset", LongType(), False, "Position of its newest change: offset."),
    _column("lake_is_deleted", BooleanType(), False, "The source has no such row any more; only its key."),
    _column("lake_changed_at", TimestampType(), True, "When the source committed the change."),
    _column("lake_written_at", TimestampType(), False, "When bronze committed the change."),
    _column("lake_processed_at", TimestampType(), False, "When silver took it: its clock before the commit."),
    _column("lake_contract_version", StringType(), False, "Version of the contract that it was judged by."),
    _column("lake_lsn", LongType(), False, "Greatest position in the source's log among the key's changes."),
    _column(
        "lake_before",
        _STATE,
        True,
        "What silver had of the key before the decision that wrote this; null if nothing. For silver alone.",
    ),
)

OUTCOMES = StructType(
    [
        _column("topic_id", StringType(), False, "Kafka's id of the topic."),
        _column("partition", IntegerType(), False, "Partition of the topic."),
        _column("offset", LongType(), False, "Offset. (topic_id, partition, offset) is unique in the table."),
        _column(
            "outcome",
            StringType(),
            False,
            "duplicate: silver has the same event from another position. id_reused: it has another event "
            "with the same id. quarantined: it breaks rules of the contract. ignored: it has no value.",
        ),
        _column("event_id", StringType(), True, "Event id, as far as one can be told."),
        _column("reasons", ArrayType(REASON, True), False, "Every broken rule; empty where none is."),
        _column(
            "of",
            StructType(
                [
                    StructField("topic_id", StringType(), True),
                    StructField("partition", IntegerType(), True),
                    StructField("offset", LongType(), True),
                ]
            ),
            True,
            "Position of the row that it repeats, or whose id it uses again.",
        ),
        _column("key", BinaryType(), True, "Kafka key of a quarantined record, byte for byte."),
        _column("value", BinaryType(), True, "Kafka value of a quarantined record, byte for byte."),
        _column("headers", ArrayType(_HEADER, True), True, "Kafka headers of a quarantined record."),
        _column("kafka_timestamp", TimestampType(), True, "Kafka's timestamp."),
        _column("received_at", TimestampType(), True, "When the door took the record."),
        _column("written_at", TimestampType(), False, "When bronze committed the record."),
        _column("processed_at", TimestampType(), False, "When silver decided."),
        _column("contract_version", StringType(), False, "Version of the contract that it was judged by."),
    ]
)
"""Grain: one row per bronze row that silver does not hold itself."""


UPSERT_OUTCOMES = StructType(
    [
        *OUTCOMES.fields[:3],
        _column(
            "outcome",
            StringType(),
            False,
            "inserted, updated, deleted: silver took the change. superseded: silver has a newer state of the "
            "key. duplicate: the same change came before. quarantined: it breaks rules of the contract. "
            "ignored: it is no change of a row.",
        ),
        _column("event_id", StringType(), True, "The row's key; the position where it can't be told."),
        _column("op", StringType(), True, "What was done: r (read by a snapshot), c, u, d or t."),
        _column("lsn", LongType(), True, "Where the change stands in the source's log."),
        _column("tx_id", LongType(), True, "The source's transaction."),
        *OUTCOMES.fields[5:],
    ]
)
"""Grain: one row per bronze row of an upsert dataset."""


def silver_shape(record: StructType, mode: Mode) -> StructType:
    """Columns of a silver table: one row per event, or per key."""
    fields = [StructField(field.name, field.dataType, True, field.metadata) for field in record.fields]
    return StructType([*fields, *(LAKE_COLUMNS if mode == "append" else UPSERT_LAKE_COLUMNS)])


def outcomes_shape(mode: Mode) -> StructType:
    """Columns of a table of outcomes."""
    return OUTCOMES if mode == "append" else UPSERT_OUTCOMES
