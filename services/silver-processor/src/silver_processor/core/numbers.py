"""Numbers as their field's type: whole ones of 8 to 64 bits, decimals, doubles and floats.

One difference from the door, which reads every number exactly. A variant holds a number that is written with
an exponent or with more than 38 digits as a DOUBLE, and whole numbers and decimals take one only if that
can't have changed it: no such number in the record has 16 digits or more. Else the rule `exactness` is
broken: the record is explained and put aside, never changed.
"""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.contract import Field
from tidelake.contracts.explanation import need
from tidelake.contracts.json_schema import LARGEST_DOUBLE, LARGEST_FLOAT
from tidelake.contracts.types import DOUBLE, INTEGER_BITS, Decimal

from silver_processor.core.bounds import Bound, beyond, bounds_of, range_rule, whole_bounds
from silver_processor.core.brokenness import Rule
from silver_processor.core.seen import Seen

INEXACT = r"[0-9.]{17}[eE]|[0-9.]{39}"
"""Finds, in a text without its strings, numbers that a DOUBLE may hold inexactly."""
_PLAINLY = "a number written without an exponent and with at most 38 digits"


def integer_value(number: Seen, field: Field) -> Column:
    """The number as the field's type. Means something only if no rule is broken."""
    rounded = number.get("decimal(38,0)").try_cast(field.type.sql)
    return F.when(number.kind == "BIGINT", number.get("bigint").try_cast(field.type.sql)).otherwise(rounded)


def integer_rules(number: Seen, field: Field) -> list[Rule]:
    """Type, range and exactness of a whole number."""
    bits = INTEGER_BITS[field.type.sql]
    natural = [
        Bound("minimum", -(2 ** (bits - 1)), field.type.sql),
        Bound("maximum", 2 ** (bits - 1) - 1, field.type.sql),
    ]
    bounds = [*bounds_of(field.constraints), *natural]
    in_range = range_rule([(beyond(number, bound), bound.expected) for bound in bounds])
    least, largest = whole_bounds(bounds)
    whole = F.when(number.is_decimal, ~number.get("string").contains(".")).when(
        number.kind == "DOUBLE", number.get("double") % 1.0 == 0.0
    )
    type_ = F.when((number.kind == "BIGINT") | number.nothing, F.lit(False)).otherwise(
        ~F.coalesce(whole, F.lit(False))
    )
    outside = F.when(number.kind == "BIGINT", ~number.get("bigint").between(least, largest)).otherwise(
        in_range.broken
    )
    inexact = F.when(number.kind == "DOUBLE", ~type_ & ~in_range.broken & number.inexact).otherwise(False)
    return [
        Rule("type", type_, F.lit(need(field))),
        Rule("range", outside, in_range.expected),
        Rule("exactness", inexact, F.lit(_PLAINLY)),
    ]


def decimal_value(number: Seen, type_: Decimal) -> Column:
    """The number as that decimal. Means something only if no rule is broken."""
    return number.get(type_.sql)


def decimal_rules(number: Seen, field: Field, type_: Decimal) -> list[Rule]:
    """Type, scale, range and exactness of a decimal."""
    before = type_.precision - type_.scale
    double, kept = number.get("double"), number.get(f"decimal(38,{type_.scale})").try_cast("double")
    digits = number.get("string")
    is_double = number.kind == "DOUBLE"
    too_large = F.when(is_double, F.abs(double) >= float(10**before)).otherwise(
        number.is_number & digits.rlike(rf"^-?[1-9][0-9]{{{before}}}")
    )
    too_fine = F.when(is_double, ~too_large & F.coalesce(kept != double, F.lit(True))).otherwise(
        number.is_decimal & digits.rlike(rf"\.[0-9]{{{type_.scale + 1}}}")
    )
    inexact = F.when(is_double, ~too_large & ~too_fine & number.inexact).otherwise(False)
    wide = f"at most {before} digits before the point, as {type_.sql} keeps them"
    fine = f"at most {type_.scale} digits behind the point, as {type_.sql} keeps them"
    ways = [(beyond(number, bound), bound.expected) for bound in bounds_of(field.constraints)]
    return [
        _type_rule(number, field),
        Rule("scale", too_fine, F.lit(fine)),
        range_rule([*ways, (too_large, wide)]),
        Rule("exactness", inexact, F.lit(_PLAINLY)),
    ]


def floating_value(number: Seen, field: Field) -> Column:
    """The nearest double; in a field of type float, the float nearest to that."""
    double = number.get("double")
    return double if field.type == DOUBLE else double.try_cast("float")


def floating_rules(number: Seen, field: Field) -> list[Rule]:
    """Type and range of a floating number."""
    largest = LARGEST_DOUBLE if field.type == DOUBLE else LARGEST_FLOAT
    natural = (Bound("minimum", -largest), Bound("maximum", largest))
    is_double = number.kind == "DOUBLE"  # no other number is so large
    ways = [(beyond(number, bound), bound.expected) for bound in bounds_of(field.constraints)]
    ways += [(is_double & beyond(number, bound), bound.expected) for bound in natural]
    return [_type_rule(number, field), range_rule(ways)]


def _type_rule(number: Seen, field: Field) -> Rule:
    return Rule("type", ~(number.is_number | number.nothing), F.lit(need(field)))
