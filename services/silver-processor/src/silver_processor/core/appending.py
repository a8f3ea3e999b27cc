"""An append dataset: each event once, and what becomes of the rows that are not it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from tidelake.contracts.contract import Contract

from silver_processor.core.conditions import all_of
from silver_processor.core.shapes import OUTCOMES, POSITION
from silver_processor.core.spans import Bounds, is_sound, same_event, same_position


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a batch's rows are marked with. Decides nothing."""

    processed_at: datetime  # UTC, whole milliseconds
    contract_version: str


def unexplained(judged: DataFrame, outcomes: DataFrame, bounds: Bounds) -> DataFrame:
    """The rows that have no outcome yet. Rules may have changed since: who has one keeps it."""
    return judged.alias("s").join(outcomes.alias("t"), same_position(bounds), "left_anti")


def sound_rows(judged: DataFrame, contract: Contract, stamp: Stamp) -> DataFrame:
    """The rows that break no rule, as silver holds them."""
    fields = [F.col(f"record.`{field.name}`").alias(field.name) for field in contract.fields]
    return judged.where(is_sound()).select(
        *fields,
        F.col("event_id").alias("lake_event_id"),
        *(F.col(name).alias(f"lake_{name}") for name in (*POSITION, "received_at", "written_at")),
        F.lit(stamp.processed_at).alias("lake_processed_at"),
        F.col("is_late").alias("lake_is_late"),
        F.lit(stamp.contract_version).alias("lake_contract_version"),
    )


def first_of_each_event(sound: DataFrame) -> DataFrame:
    """Of rows with the same event id the first one by commit time and position."""
    order = ("lake_written_at", "lake_topic_id", "lake_partition", "lake_offset")
    nth = F.row_number().over(Window.partitionBy("lake_event_id").orderBy(*order))
    return sound.withColumn("nth", nth).where("nth = 1").drop("nth")


def explained(sound: DataFrame, silver: DataFrame, contract: Contract, bounds: Bounds) -> DataFrame:
    """Each sound row with what silver, as committed, says of it: `outcome` inserted (silver holds it),
    duplicate, id_reused, or null (silver knows no such event), and `of`, the position of the other row."""
    content = [field.name for field in contract.fields]
    own = all_of([F.col(f"t.lake_{name}") == F.col(f"s.lake_{name}") for name in POSITION])
    same = all_of([F.col(f"t.`{name}`").eqNullSafe(F.col(f"s.`{name}`")) for name in content])
    # Its own row first, then one of the same content, then any other: the earliest of them.
    rank = F.when(own, 0).when(same, 1).otherwise(2)
    place = F.struct(*(F.col(f"t.lake_{name}").alias(name) for name in POSITION))
    order = F.struct(rank.alias("rank"), F.col("t.lake_written_at"), place.alias("place"))
    key = [f"lake_{name}" for name in POSITION]
    matched = sound.alias("s").join(silver.alias("t"), same_event(contract, bounds), "left")
    best = matched.select(
        *(F.col(f"s.{name}").alias(name) for name in key),
        F.when(F.col("t.lake_event_id").isNotNull(), order).alias("found"),
    )
    best = best.groupBy(*key).agg(F.min("found").alias("found"))
    words = F.when(F.col("found.rank") == 0, "inserted").when(F.col("found.rank") == 1, "duplicate")
    return sound.join(best, key).select(
        sound["*"],
        F.when(F.col("found").isNotNull(), words.otherwise("id_reused")).alias("outcome"),
        F.when(F.col("found.rank") > 0, F.col("found.place")).alias("of"),
    )


def repeats(explained_rows: DataFrame, stamp: Stamp) -> DataFrame:
    """Outcomes of the sound rows that silver does not hold itself."""
    rows = explained_rows.where("outcome in ('duplicate', 'id_reused')")
    return _outcomes(
        rows,
        stamp,
        {
            **{name: F.col(f"lake_{name}") for name in (*POSITION, "event_id", "received_at", "written_at")},
            "outcome": F.col("outcome"),
            "of": F.col("of"),
        },
    )


def refusals(judged: DataFrame, silver: DataFrame, bounds: Bounds, stamp: Stamp) -> DataFrame:
    """Outcomes of the rows that break rules or have no value. One that silver holds already (the rules were
    others then) stays there and is none of these."""
    quarantined = ~F.col("ignored")
    rows = judged.where(~is_sound()).alias("s")
    rows = rows.join(silver.alias("t"), same_position(bounds, "lake_"), "left_anti")
    as_is = (*POSITION, "event_id", "kafka_timestamp", "received_at", "written_at")
    return _outcomes(
        rows,
        stamp,
        {
            **{name: F.col(name) for name in as_is},
            **{name: F.when(quarantined, F.col(name)) for name in ("key", "value", "headers")},
            "outcome": F.when(quarantined, "quarantined").otherwise("ignored"),
            "reasons": F.when(quarantined, F.col("broken")).otherwise(F.array()),
        },
    )


def _outcomes(rows: DataFrame, stamp: Stamp, columns: dict[str, Column]) -> DataFrame:
    known: dict[str, Column] = {
        "reasons": F.array(),
        "processed_at": F.lit(stamp.processed_at),
        "contract_version": F.lit(stamp.contract_version),
        **columns,
    }
    return rows.select(
        *(known.get(one.name, F.lit(None)).cast(one.dataType).alias(one.name) for one in OUTCOMES.fields)
    )
