"""An append dataset: each event once, and what becomes of the rows that are not it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import StructField, StructType
from tidelake.contracts.contract import Contract

from silver_processor.core.conditions import all_of, in_partitions
from silver_processor.core.shapes import OUTCOMES, POSITION
from silver_processor.core.spans import Bounds, PartitionSpan, is_sound, same_event, same_position

_ORDER = ("written_at", *POSITION)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a batch's rows are marked with. Decides nothing."""

    processed_at: datetime  # UTC, whole milliseconds
    contract_version: str


def undecided(judged: DataFrame, silver: DataFrame, outcomes: DataFrame, bounds: Bounds) -> DataFrame:
    """The rows that have no outcome and stand not in silver. Rules may have changed since: what was decided
    stays."""
    rows = judged.alias("s").join(outcomes.alias("t"), same_position(bounds), "left_anti")
    return rows.alias("s").join(silver.alias("t"), same_position(bounds, "lake_"), "left_anti")


def reach(
    silver: DataFrame, outcomes: DataFrame, spans: Sequence[PartitionSpan]
) -> dict[tuple[str, int], int]:
    """Behind the last offset of each partition in the batch that has an outcome, by topic id and partition.

    Of one in which nothing has from the batch's first row on, that row's offset.
    """
    decided_rows = [
        frame.select(*(F.col(f"{prefix}{name}").alias(name) for name in POSITION))
        for frame, prefix in ((silver, "lake_"), (outcomes, ""))
    ]
    first = {(span.topic_id, span.partition): span.first for span in spans}
    behind = decided_rows[0].union(decided_rows[1]).where(in_partitions(first, Column.__ge__))
    found = behind.groupBy("topic_id", "partition").agg(F.max("offset") + 1).collect()
    ends = cast("list[tuple[str, int, int]]", found)
    return first | {(topic_id, partition): end for topic_id, partition, end in ends}


def decided(rows: DataFrame, silver: DataFrame, contract: Contract, bounds: Bounds) -> DataFrame:
    """The undecided rows, each with its `outcome`, and `of`: the position of the row that it repeats.

    `rows` must not span more than the contract's dedupe window: then those that silver does not know are,
    id by id, repeats of the first of them.
    """
    if not bounds.sound:
        return rows.withColumns({"outcome": _refusal(), "of": F.lit(None).cast(_OF)})
    matched = rows.alias("s").join(silver.alias("t"), is_sound("s.") & same_event(contract), "left")
    fields = [field.name for field in contract.fields]
    same = all_of([F.col(f"t.`{name}`").eqNullSafe(F.col(f"s.record.`{name}`")) for name in fields])
    place = F.struct(*(F.col(f"t.lake_{name}").alias(name) for name in POSITION))
    # Of silver's rows one with the same content first, then any other: the earliest of them.
    rank = F.struct((~same).alias("other"), F.col("t.lake_written_at").alias("at"), place.alias("place"))
    found = matched.select("s.*", F.when(F.col("t.lake_event_id").isNotNull(), rank).alias("found"))
    nearest = Window.partitionBy("event_id", *POSITION).orderBy(F.col("found"))
    found = found.withColumn("nth", F.row_number().over(nearest)).where("nth = 1")
    # What silver does not know is new, or repeats another row of the batch.
    known = F.when(is_sound(), F.col("found").isNotNull())
    first = Window.partitionBy("event_id", "known").orderBy(*_ORDER)
    found = found.withColumn("known", known).withColumns(
        {
            "nth": F.row_number().over(first),
            "first_place": F.first(F.struct(*POSITION)).over(first),
            "first_record": F.first("record").over(first),
        }
    )
    repeat = F.when(F.col("known"), ~F.col("found.other")).otherwise(
        F.col("record").eqNullSafe(F.col("first_record"))
    )
    new = ~F.col("known") & (F.col("nth") == 1)
    words = F.when(new, INSERTED).when(repeat, "duplicate").otherwise("id_reused")
    of = F.when(F.col("known"), F.col("found.place")).when(~new, F.col("first_place"))
    kept = [F.col(f"`{name}`") for name in rows.columns]
    return found.select(
        *kept, F.when(is_sound(), words).otherwise(_refusal()).alias("outcome"), of.cast(_OF).alias("of")
    )


INSERTED = "inserted"
_OF = OUTCOMES["of"].dataType

SILVER, OUTCOME = "silver", "outcome"
"""Columns of `explained`: a row of silver, or a row of the outcomes; the other one is null."""


def explained(
    decided_rows: DataFrame, contract: Contract, stamp: Stamp, silver: StructType, outcomes: StructType
) -> DataFrame:
    """Each decided row as the table has it that it goes to. `silver` and `outcomes` are the shapes of these:
    a field that the contract has given up since is null."""
    inserted = F.col("outcome") == INSERTED
    made = decided_rows.select(
        F.when(inserted, F.struct(*_silver_row(contract, stamp))).alias(SILVER),
        F.when(~inserted, F.struct(*_outcome_row(stamp))).alias(OUTCOME),
    )
    return made.to(StructType([StructField(SILVER, silver), StructField(OUTCOME, outcomes)]))


def _silver_row(contract: Contract, stamp: Stamp) -> list[Column]:
    return [
        *(F.col(f"record.`{field.name}`").alias(field.name) for field in contract.fields),
        F.col("event_id").alias("lake_event_id"),
        *(F.col(name).alias(f"lake_{name}") for name in (*POSITION, "received_at", "written_at")),
        F.lit(stamp.processed_at).alias("lake_processed_at"),
        F.col("is_late").alias("lake_is_late"),
        F.lit(stamp.contract_version).alias("lake_contract_version"),
    ]


def _outcome_row(stamp: Stamp) -> list[Column]:
    """Quarantined ones keep their bytes."""
    quarantined = F.col("outcome") == "quarantined"
    known: dict[str, Column] = {
        **{name: F.when(quarantined, F.col(name)) for name in ("key", "value", "headers")},
        "reasons": F.when(quarantined, F.col("broken")).otherwise(F.array()),
        "processed_at": F.lit(stamp.processed_at),
        "contract_version": F.lit(stamp.contract_version),
    }
    return [
        known.get(one.name, F.col(one.name)).cast(one.dataType).alias(one.name) for one in OUTCOMES.fields
    ]


def _refusal() -> Column:
    return F.when(F.col("ignored"), "ignored").otherwise("quarantined")
