"""What is wrong with a row, as columns: the words of tidelake.contracts.broken_rules, written by Spark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.broken_rules import LONGEST_VALUE, MASK

MOST_PROBLEMS = 20
BROKEN_TYPE = "array<struct<field:string,rule:string,value:string,expected:string>>"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule about one value."""

    name: str
    broken: Column  # boolean, never null
    expected: Column  # what would be right


def broken_rule(field: Column, rule: str, value: Column, expected: Column) -> Column:
    """One entry of `broken`."""
    return F.struct(
        field.alias("field"), F.lit(rule).alias("rule"), value.alias("value"), expected.alias("expected")
    )


def nothing_broken() -> Column:
    """`broken` of a row that is as it should be: empty, not null."""
    return F.array().cast(BROKEN_TYPE)


def broken_of(rules: Sequence[Rule], field: Column, seen: Column) -> Column:
    """Entries of those rules that are broken, in the rules' order."""
    if not rules:
        return nothing_broken()
    entries = [F.when(rule.broken, broken_rule(field, rule.name, seen, rule.expected)) for rule in rules]
    return F.array_compact(F.array(*entries)).cast(BROKEN_TYPE)


def any_of(conditions: Sequence[Column]) -> Column:
    """Whether one of these is true. They are never null; what comes first is asked first."""
    found = F.lit(False)
    for index, condition in enumerate(conditions):
        found = condition if index == 0 else found | condition
    return found


def all_of(conditions: Sequence[Column]) -> Column:
    """Whether all of these are true. They are never null; what comes first is asked first."""
    found = F.lit(True)
    for index, condition in enumerate(conditions):
        found = condition if index == 0 else found & condition
    return found


def shortened(text: Column) -> Column:
    """At most 80 characters of a text, and its length where something was left out."""
    cut = F.concat(F.substring(text, 1, LONGEST_VALUE), F.lit("… ("), F.length(text), F.lit(" characters)"))
    return F.when(F.length(text) <= LONGEST_VALUE, text).otherwise(cut)


def as_message(text: Column, *, masked: bool) -> Column:
    """A value as messages show it."""
    return F.lit(MASK) if masked else shortened(text)
