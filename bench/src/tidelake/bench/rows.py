"""What every bench says: one row per measure, over all runs."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Grain: measure. Values are medians over the runs, in `unit`; `ratio` is ours / peer's."""

    measure: str
    unit: str
    ours: float
    peer: str | None = None  # what a user would pick instead
    peer_value: float | None = None
    ratio: float | None = None
    runs: int
    spread: float  # largest less smallest of our runs, in `unit`


def row(
    measure: str, unit: str, ours: Sequence[float], peer: str | None = None, theirs: Sequence[float] = ()
) -> Row:
    """The row of a measure that was taken once in each run. Raises StatisticsError without any run."""
    value = median(ours)
    peer_value = median(theirs) if theirs else None
    return Row(
        measure=measure,
        unit=unit,
        ours=value,
        peer=peer,
        peer_value=peer_value,
        ratio=value / peer_value if peer_value else None,
        runs=len(ours),
        spread=max(ours) - min(ours),
    )


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """A JSON array of the rows, in their order."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(rows)) + b"\n")
