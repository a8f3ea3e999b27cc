"""Text, and what is written as text: dates and instants."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.contract import Field
from tidelake.contracts.explanation import need
from tidelake.contracts.instants import DATE, INSTANT
from tidelake.contracts.patterns import java_pattern, repeats_a_group

from silver_processor.core.brokenness import Rule
from silver_processor.core.seen import Seen

LONGEST_FOR_GROUPS = 4096
"""Characters that a pattern with a repeated group is asked about: Java's stack grows with them. Longer text
counts as breaking the pattern; the door has no such limit."""

_FIRST_INSTANT = "0001-01-01T00:00:00Z"
_LAST_INSTANT = "9999-12-31T23:59:59.999999Z"


def text_rules(text: Seen, field: Field) -> list[Rule]:
    """Type, length and pattern of a text."""
    value, is_text = text.get("string"), text.kind == "STRING"
    least, most = field.constraints.get("minLength"), field.constraints.get("maxLength")
    pattern = field.constraints.get("pattern")
    rules = [_type_rule(text, field)]
    if least is not None or most is not None:
        length = F.char_length(value)
        short = F.lit(False) if least is None else length < least
        long = F.lit(False) if most is None else length > most
        expected = F.when(short, F.lit(f"at least {least} characters")).otherwise(
            f"at most {most} characters"
        )
        rules.append(Rule("length", is_text & (short | long), expected))
    if pattern is not None:
        rules.append(
            Rule("pattern", is_text & ~matches(value, pattern), F.lit(f"text that matches {pattern}"))
        )
    return rules


def matches(text: Column, pattern: str) -> Column:
    """Whether a contract's pattern is found in a text."""
    found = text.rlike(java_pattern(pattern))
    return (F.char_length(text) <= LONGEST_FOR_GROUPS) & found if repeats_a_group(pattern) else found


def instant_value(text: Seen) -> Column:
    """The instant that a text names. Means something only if no rule is broken."""
    return text.get("string").try_cast("timestamp")


def instant_rules(text: Seen, field: Field) -> list[Rule]:
    """Type, format and range of an instant."""
    value, instant = text.get("string"), instant_value(text)
    written = value.rlike(java_pattern(INSTANT)) & instant.isNotNull()
    outside = instant.between(F.lit(_FIRST_INSTANT).cast("timestamp"), F.lit(_LAST_INSTANT).cast("timestamp"))
    is_text = text.kind == "STRING"
    return [
        _type_rule(text, field),
        Rule("format", is_text & ~written, F.lit(need(field))),
        Rule("range", is_text & written & ~outside, F.lit("an instant in the years 1 to 9999 UTC")),
    ]


def date_value(text: Seen) -> Column:
    """The day that a text names. Means something only if no rule is broken."""
    return text.get("string").try_cast("date")


def date_rules(text: Seen, field: Field) -> list[Rule]:
    """Type and format of a day."""
    written = text.get("string").rlike(java_pattern(DATE)) & date_value(text).isNotNull()
    return [
        _type_rule(text, field),
        Rule("format", (text.kind == "STRING") & ~written, F.lit(need(field))),
    ]


def _type_rule(text: Seen, field: Field) -> Rule:
    return Rule("type", ~((text.kind == "STRING") | text.nothing), F.lit(need(field)))
