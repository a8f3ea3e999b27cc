"""Spans of time as contracts write them: ISO 8601 text, or a number with a unit."""

from __future__ import annotations

import re
from datetime import timedelta

_ISO = re.compile(
    r"P(?:(?P<weeks>\d+)W|(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?"
    r"(?:(?P<seconds>\d+(?:\.\d{1,6})?)S)?)?)"
)
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "sec": timedelta(seconds=1),
    "second": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "minute": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "hr": timedelta(hours=1),
    "hour": timedelta(hours=1),
    "d": timedelta(days=1),
    "day": timedelta(days=1),
    "w": timedelta(weeks=1),
    "week": timedelta(weeks=1),
    "y": timedelta(days=365),
    "yr": timedelta(days=365),
    "year": timedelta(days=365),
}
LONGEST = timedelta(days=365 * 100)
SPELLING = "Write a span such as PT5S or P30D, or a number with a unit of ms, s, min, h, d, w or y."


def iso_duration(text: str) -> timedelta | None:
    """A span from ISO 8601, without months and years, whose length is not fixed; None if it is none."""
    match = _ISO.fullmatch(text.strip())
    if match is None:
        return None
    parts = {unit: float(amount) for unit, amount in match.groupdict().items() if amount is not None}
    return _in_bounds(timedelta(), parts) if parts else None


def duration(value: object, unit: str | None) -> timedelta | None:
    """A positive span from a value and its unit, or from ISO 8601 text; else None. A year has 365 days."""
    if isinstance(value, str) and unit is None:
        return iso_duration(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or unit is None:
        return None
    word = unit.strip().lower()
    step = _UNITS.get(word) or _UNITS.get(word.removesuffix("s"))
    if step is None or not 0 < value <= LONGEST / step:
        return None
    return value * step


def _in_bounds(zero: timedelta, parts: dict[str, float]) -> timedelta | None:
    try:
        span = timedelta(**parts)
    except OverflowError:
        return None
    return span if zero < span <= LONGEST else None
