"""What two tellings of the same bronze rows, each as silver and its outcomes, do not have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from tidelake.contracts.contract import Contract

from silver_processor.core.appending import INSERTED
from silver_processor.core.conditions import all_of, in_partitions
from silver_processor.core.shapes import POSITION

UNDECIDED = "undecided"
"""Of a row of bronze that neither table of one telling has."""
Ends = Mapping[tuple[str, int], int]
"""Behind the last offset that is compared, by topic id and partition."""

_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows of bronze that were decided otherwise, by what each telling says of them."""

    live: str  # an outcome, or UNDECIDED
    rebuilt: str
    rows: int
    examples: tuple[tuple[str, int, int], ...]  # positions: topic id, partition, offset

    @property
    def only_waits(self) -> bool:
        """Whether the live tables have merely not come to these rows."""
        return self.live == UNDECIDED


def told(silver: DataFrame, outcomes: DataFrame, contract: Contract, ends: Ends) -> DataFrame:
    """One row for each position below `ends` that one of the tables has.

    - topic_id, partition, offset
    - outcome string
    - said struct: what else is to be equal; the record with its event id, or the reasons and what it repeats
    """
    fields = [F.col(f"`{field.name}`") for field in contract.fields]
    inserted = silver.select(
        *(F.col(f"lake_{name}").alias(name) for name in POSITION),
        F.lit(INSERTED).alias("outcome"),
        F.struct(*fields, "lake_event_id", "lake_is_late").alias("record"),
    )
    others = outcomes.select(*POSITION, "outcome", F.struct("event_id", "reasons", "of").alias("reason"))
    both = inserted.unionByName(others, allowMissingColumns=True)
    return both.where(in_partitions(ends, Column.__lt__)).select(
        *POSITION, "outcome", F.struct("record", "reason").alias("said")
    )


def told_of_changes(
    silver: DataFrame, outcomes: DataFrame, contract: Contract, ends: Ends, moved: DataFrame
) -> DataFrame:
    """The same of an upsert dataset: each outcome, and with that of a key's newest change the row that silver
    has. `moved`: keys that changed once more behind `ends` in either telling; nobody knows what they were."""
    fields = [F.col(f"`{field.name}`") for field in contract.fields]
    rows = silver.join(moved, "lake_event_id", "left_anti").select(
        *(F.col(f"lake_{name}").alias(name) for name in POSITION),
        F.struct(*fields, "lake_event_id", "lake_is_deleted").alias("record"),
    )
    reason = F.struct("event_id", "reasons", "of").alias("reason")
    every = outcomes.where(in_partitions(ends, Column.__lt__)).select(*POSITION, "outcome", reason)
    both = every.join(rows, [*POSITION], "left")
    return both.select(*POSITION, "outcome", F.struct("record", "reason").alias("said"))


def keys_behind(silver: DataFrame, ends: Ends) -> DataFrame:
    """Keys whose newest change in silver lies behind these ends."""
    keys = silver.select("lake_event_id", *(F.col(f"lake_{name}").alias(name) for name in POSITION))
    return keys.where(~in_partitions(ends, Column.__lt__)).select("lake_event_id")


def differences(live: DataFrame, rebuilt: DataFrame) -> tuple[Difference, ...]:
    """Of two frames that `told` made, those most rows have first; none if both say the same."""
    at = all_of([F.col(f"a.{name}") == F.col(f"b.{name}") for name in POSITION])
    unlike = live.alias("a").join(rebuilt.alias("b"), at, "full_outer").where(_unlike())
    place = F.struct(*(F.coalesce(F.col(f"a.{name}"), F.col(f"b.{name}")).alias(name) for name in POSITION))
    found = (
        unlike.select(_outcome("a").alias("live"), _outcome("b").alias("rebuilt"), place.alias("place"))
        .groupBy("live", "rebuilt")
        .agg(F.count("*").alias("rows"), F.slice(F.sort_array(F.collect_list("place")), 1, _EXAMPLES))
    )
    rows = cast("list[tuple[str, str, int, list[tuple[str, int, int]]]]", found.collect())
    told_of = [
        Difference(live, rebuilt, count, tuple((one[0], one[1], one[2]) for one in examples))
        for live, rebuilt, count, examples in rows
    ]
    return tuple(sorted(told_of, key=lambda one: (-one.rows, one.live, one.rebuilt)))


def _unlike() -> Column:
    same = all_of([F.col(f"a.{name}").eqNullSafe(F.col(f"b.{name}")) for name in ("outcome", "said")])
    return ~same


def _outcome(side: str) -> Column:
    return F.coalesce(F.col(f"{side}.outcome"), F.lit(UNDECIDED))
