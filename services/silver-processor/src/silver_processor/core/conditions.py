"""Conditions in order: the first is asked first, and the rest only if it leaves the answer open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F


def any_of(conditions: Sequence[Column]) -> Column:
    """Whether one of these is true; false if there are none."""
    return reduce(Column.__or__, conditions) if conditions else F.lit(False)


def all_of(conditions: Sequence[Column]) -> Column:
    """Whether all of these are true; true if there are none."""
    return reduce(Column.__and__, conditions) if conditions else F.lit(True)


def surely(condition: Column) -> Column:
    """Whether a condition is true; false where it is null."""
    return F.coalesce(condition, F.lit(False))


def in_partitions(
    offsets: Mapping[tuple[str, int], int], where: Callable[[Column, Column], Column]
) -> Column:
    """Whether a position is in one of these partitions, by topic id and number, and `where` of its offset and
    the one given there."""
    return any_of(
        [
            (F.col("topic_id") == topic_id)
            & (F.col("partition") == partition)
            & where(F.col("offset"), F.lit(offset))
            for (topic_id, partition), offset in offsets.items()
        ]
    )
