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


def silver_shape(record: StructType) -> StructType:
    """Columns of an append dataset's silver table: one row per event."""
    fields = [StructField(field.name, field.dataType, True, field.metadata) for field in record.fields]
    return StructType([*fields, *LAKE_COLUMNS])
