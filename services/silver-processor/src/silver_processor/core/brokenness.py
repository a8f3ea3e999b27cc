"""What is wrong with a row, as columns: the words of tidelake.contracts.broken_rules, written by Spark."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType
from tidelake.contracts.broken_rules import LONGEST_VALUE, MASK

from silver_processor.core.shapes import REASON

MOST_PROBLEMS = 20
BROKEN_TYPE = ArrayType(REASON).simpleString()


def broken_rule(field: Column, rule: Column, value: Column, expected: Column) -> Column:
    """One entry of `broken`."""
    return F.struct(
        field.alias("field"), rule.alias("rule"), value.alias("value"), expected.alias("expected")
    )


def nothing_broken() -> Column:
    """`broken` of a row that is as it should be: empty, not null."""
    return F.array().cast(BROKEN_TYPE)


def shortened(text: Column) -> Column:
    """At most 80 characters of a text, and its length where something was left out."""
    cut = F.concat(F.substring(text, 1, LONGEST_VALUE), F.lit("… ("), F.length(text), F.lit(" characters)"))
    return F.when(F.length(text) <= LONGEST_VALUE, text).otherwise(cut)


def as_message(text: Column, *, masked: bool) -> Column:
    """A value as messages show it."""
    return F.lit(MASK) if masked else shortened(text)
