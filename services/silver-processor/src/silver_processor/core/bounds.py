"""The ends of what a number may be, as data: a column asks them of any number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, get_args

from tidelake.contracts.explanation import EXPECTED
from tidelake.contracts.json_schema import ends_of
from tidelake.contracts.types import INTEGER_BITS, FieldType

Keyword = Literal["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]
WIDTH = 40
"""Digits before the point of a key: more than an exact number has."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One end.

    Reading numbers as doubles keeps their order, so that two different doubles decide. Where a number and
    the limit read alike, the texts of their digits (keys) are compared if the number is exact; one that is
    held as a double counts as the shortest text that names it, and what becomes of it is known beforehand.
    """

    lower: bool  # the least, not the largest
    strict: bool  # the limit itself is outside
    limit: int | float
    nearest: float  # the limit as a double
    negative: bool
    key: str  # digits of the limit: WIDTH before the point, and those behind it
    shortest_outside: bool
    words: str


def bounds_of(constraints: Mapping[str, Any], type_: FieldType) -> list[Bound]:
    """The contract's bounds, then those that the type has by nature."""
    own = [_bound(word, constraints[word]) for word in get_args(Keyword) if word in constraints]
    ends = ends_of(type_)
    if ends is None:
        return own
    of_type = f", in a field of type {type_.sql}" if type_.sql in INTEGER_BITS else ""
    return [*own, _bound("minimum", ends[0], of_type), _bound("maximum", ends[1], of_type)]


def exact(number: float) -> Decimal:
    """The number that its shortest text names, as a JSON Schema writes it."""
    return Decimal(repr(number))


def _bound(keyword: Keyword, limit: float, of_type: str = "") -> Bound:
    number, nearest = exact(limit), float(limit)
    lower, strict = keyword.endswith("inimum"), keyword.startswith("exclusive")
    shortest = exact(nearest)
    outside = shortest < number if lower else shortest > number
    whole, _, fraction = f"{abs(number):f}".partition(".")
    return Bound(
        lower=lower,
        strict=strict,
        limit=limit,
        nearest=nearest,
        negative=number < 0,
        key=f"{whole.zfill(WIDTH)}.{fraction.rstrip('0')}",
        shortest_outside=outside or (strict and shortest == number),
        words=EXPECTED[keyword].format(limit) + of_type,
    )
