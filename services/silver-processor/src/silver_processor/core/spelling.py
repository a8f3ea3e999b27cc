"""How text must be written: instants, dates, and what a contract's pattern says."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.instants import DATE, INSTANT
from tidelake.contracts.patterns import java_pattern

_FIRST = "0001-01-01T00:00:00Z"
_LAST = "9999-12-31T23:59:59.999999Z"


def is_instant(text: Column) -> Column:
    """Whether a text names an instant, in whatever year."""
    return text.rlike(java_pattern(INSTANT)) & text.try_cast("timestamp").isNotNull()


def is_in_calendar(text: Column) -> Column:
    """Whether an instant lies in the years 1 to 9999 in UTC."""
    return text.try_cast("timestamp").between(F.lit(_FIRST).cast("timestamp"), F.lit(_LAST).cast("timestamp"))


def is_date(text: Column) -> Column:
    """Whether a text names a day of the years 1 to 9999."""
    return text.rlike(java_pattern(DATE)) & text.try_cast("date").isNotNull()


def matches(text: Column, pattern: Column, longest: Column) -> Column:
    """Whether a pattern, in Java's words, is found in a text that is not too long to look."""
    return (F.char_length(text) <= longest) & F.rlike(text, pattern)
