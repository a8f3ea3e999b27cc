"""Whether a field surely breaks no rule: quick to ask, and true of nearly every value.

Where it is false, the rules are asked one by one (see explaining). It must never be true of a value that
breaks one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.contract import Field
from tidelake.contracts.types import BOOLEAN, DATE, INTEGER_BITS, STRING, TIMESTAMP, Array, Decimal, Struct

from silver_processor.core.bounds import bounds_of, exact
from silver_processor.core.conditions import all_of, surely
from silver_processor.core.seen import NOTHING, Seen, kind_of
from silver_processor.core.specs import Spec, spec_of
from silver_processor.core.spelling import is_date, is_in_calendar, is_instant, matches


def is_ordinary(field: Field, seen: Seen) -> Column:
    """Whether the field is as the contract wants it. Never null."""
    right = surely(all_of(list(_rights(field, seen))))
    return right if field.required else (seen.kind == NOTHING) | right


def _rights(field: Field, seen: Seen) -> Iterator[Column]:
    """What must all be true of a value that is there."""
    type_ = field.type
    if "enum" in field.constraints and type_ != STRING:
        yield F.lit(False)
    elif isinstance(type_, Struct):
        yield seen.is_object
        yield from (is_ordinary(part, seen.part(part.name)) for part in type_.fields)
    elif isinstance(type_, Array):
        item = type_.item
        yield seen.is_array
        yield F.forall(
            seen.get("array<variant>"), lambda variant: is_ordinary(item, Seen(variant, kind_of(variant)))
        )
    elif type_.sql in INTEGER_BITS:
        yield seen.is_bigint
        yield from _whole_within(field, seen.get("bigint"))
    elif isinstance(type_, Decimal):
        yield seen.is_bigint | seen.is_decimal
        yield seen.get("string").rlike(_digits(type_))
        yield from _within(field, seen.get("double"))
    elif type_ == BOOLEAN:
        yield seen.kind == "BOOLEAN"
    elif type_ == STRING:
        yield seen.is_text
        yield from _as_text(spec_of(field, masked=False), seen.get("string"))
    elif type_ == TIMESTAMP:
        yield seen.is_text
        yield is_instant(seen.get("string"))
        yield is_in_calendar(seen.get("string"))
    elif type_ == DATE:
        yield seen.is_text
        yield is_date(seen.get("string"))
    else:
        yield seen.is_number
        yield from _within(field, seen.get("double"))


def _whole_within(field: Field, number: Column) -> Iterator[Column]:
    """Whole numbers between the tightest bounds, without those of 64 bits, which every BIGINT keeps."""
    bounds = bounds_of(field.constraints, field.type)
    least = max(_first_inside(bound.limit, bound.strict) for bound in bounds if bound.lower)
    largest = min(-_first_inside(-bound.limit, bound.strict) for bound in bounds if not bound.lower)
    if (least, largest) != (-(2**63), 2**63 - 1):
        yield number.between(F.lit(least), F.lit(largest))


def _first_inside(limit: float, strict: bool) -> int:
    number = exact(limit)
    return math.floor(number) + 1 if strict else math.ceil(number)


def _within(field: Field, double: Column) -> Iterator[Column]:
    """Numbers inside, and farther from each bound than a double can tell."""
    for bound in bounds_of(field.constraints, field.type):
        yield double > bound.nearest if bound.lower else double < bound.nearest


def _digits(type_: Decimal) -> str:
    """Text of the numbers that a decimal keeps. The first digit of a number below one does not count."""
    before = type_.precision - type_.scale
    whole = "0" if before == 0 else rf"(?:0|[1-9][0-9]{{0,{before - 1}}})"
    return rf"^-?{whole}(?:\.[0-9]{{1,{type_.scale}}})?\z" if type_.scale else rf"^-?{whole}\z"


def _as_text(spec: Spec, text: Column) -> Iterator[Column]:
    if spec.bounded_length:
        yield F.char_length(text).between(spec.shortest, spec.longest)
    if spec.pattern is not None:
        yield matches(text, F.lit(spec.pattern), F.lit(spec.pattern_longest))
    if spec.listed is not None:
        yield text.isin(*spec.listed.texts) if spec.listed.texts else F.lit(False)
