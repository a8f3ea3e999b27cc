"""Conditions in order: the first is asked first, and the rest only if it leaves the answer open."""

from __future__ import annotations

from collections.abc import Sequence
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
