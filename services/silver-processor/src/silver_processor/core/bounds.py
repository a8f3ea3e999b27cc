"""Numbers against bounds, exactly as far as the number itself is exact."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, get_args

from pyspark.sql import Column
from pyspark.sql import functions as F

from silver_processor.core.brokenness import Rule, any_of
from silver_processor.core.seen import Seen

Keyword = Literal["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]
_WORDS: Mapping[Keyword, str] = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
}
_MOST_DIGITS = 38


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of what a number may be."""

    keyword: Keyword
    limit: int | float
    of_type: str = ""  # the type that has this bound by nature

    @property
    def expected(self) -> str:
        """The bound in words."""
        words = _WORDS[self.keyword].format(self.limit)
        return f"{words}, in a field of type {self.of_type}" if self.of_type else words


def bounds_of(constraints: Mapping[str, Any]) -> list[Bound]:
    """The bounds that a contract sets."""
    return [Bound(keyword, constraints[keyword]) for keyword in get_args(Keyword) if keyword in constraints]


def whole_bounds(bounds: Iterable[Bound]) -> tuple[int, int]:
    """The least and the largest whole number within the bounds, which must close both ends."""
    least: list[int] = []
    largest: list[int] = []
    for bound in bounds:
        limit = exact(bound.limit)
        match bound.keyword:
            case "minimum":
                least.append(math.ceil(limit))
            case "exclusiveMinimum":
                least.append(math.floor(limit) + 1)
            case "maximum":
                largest.append(math.floor(limit))
            case "exclusiveMaximum":
                largest.append(math.ceil(limit) - 1)
    return max(least), min(largest)


def range_rule(ways: list[tuple[Column, str]]) -> Rule:
    """The rule `range`, broken in any of these ways. It is told once, in the words of the first."""
    expected = F.lit(ways[-1][1])
    for broken, words in reversed(ways[:-1]):
        expected = F.when(broken, F.lit(words)).otherwise(expected)
    return Rule("range", any_of([broken for broken, _ in ways]), expected)


def beyond(number: Seen, bound: Bound) -> Column:
    """Whether a number lies outside; false for what is no number.

    Reading numbers as doubles keeps their order, so that two different doubles decide. Where both read alike,
    exact numbers are compared exactly, and one that is a DOUBLE counts as the shortest text that names it.
    """
    limit, nearest = exact(bound.limit), float(bound.limit)
    whole_digits = max(limit.adjusted() + 1, 0)
    type_ = f"decimal({_MOST_DIGITS},{max(_MOST_DIGITS - whole_digits, 0)})"
    double, decimal, literal = number.get("double"), number.get(type_), F.lit(f"{limit:f}").try_cast(type_)
    shortest = exact(nearest)
    match bound.keyword:
        case "minimum":
            outside, tied, shortest_out = double < nearest, decimal < literal, shortest < limit
        case "maximum":
            outside, tied, shortest_out = double > nearest, decimal > literal, shortest > limit
        case "exclusiveMinimum":
            outside, tied, shortest_out = double < nearest, decimal <= literal, shortest <= limit
        case "exclusiveMaximum":
            outside, tied, shortest_out = double > nearest, decimal >= literal, shortest >= limit
    alike = F.when(number.kind == "DOUBLE", F.lit(shortest_out)).otherwise(tied)
    return number.is_number & F.coalesce(outside | ((double == nearest) & alike), F.lit(False))


def exact(number: float) -> Decimal:
    """The number that its shortest text names, as the JSON Schema writes it."""
    return Decimal(repr(number))
