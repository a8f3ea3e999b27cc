"""Which months to send: those that were asked for, or where the last demo ended."""

import re
from collections.abc import Mapping

from .flights import MONTHS

_RANGE = re.compile(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", re.ASCII)


def parse_months(text: str) -> list[int]:
    """Months and ranges with commas between, such as 1,3-5, ascending and each once. Raises ValueError."""
    chosen: set[int] = set()
    for part in text.split(","):
        found = _RANGE.fullmatch(part)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if first not in MONTHS or last not in MONTHS or last < first:
            raise ValueError(f"{text!r} is not months 1 to 12, or ranges of them, with commas between")
        chosen.update(range(first, last + 1))
    return sorted(chosen)


def next_month(in_bronze: Mapping[int, int], complete: Mapping[int, int]) -> int | None:
    """The first month that is not whole in bronze; None when all are."""
    return next((month for month in MONTHS if in_bronze.get(month, 0) < complete[month]), None)


def newest_month(in_bronze: Mapping[int, int]) -> int:
    """The last month that bronze has flights of; the first of all when it has none."""
    return max((month for month, flights in in_bronze.items() if flights), default=MONTHS[0])
