"""One figure as people read it."""

import math


def figure(value: object, decimals: int = 2) -> str:
    """Whole numbers with thousands, others with those decimals, `-` for nothing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, float):
        return f"{value:,.{decimals}f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
