"""Percentiles as samples: never a value that was not measured."""

import math
from collections.abc import Sequence


def percentile(samples: Sequence[float], percent: float) -> float:
    """The smallest sample that at least `percent` of the samples do not exceed (nearest rank).

    Raises ValueError when there is no sample or `percent` is not in (0, 100].
    """
    if not samples:
        raise ValueError("no samples, no percentile")
    if not 0 < percent <= 100:
        raise ValueError(f"percent must be in (0, 100], not {percent}")
    # Rounded first: 95 / 100 * 20 is a little more than 19 in binary fractions.
    rank = math.ceil(round(percent / 100 * len(samples), 9))
    return sorted(samples)[rank - 1]
