"""How much of a dataset goes into quarantine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Of the rows that silver decided within the window."""

    window: timedelta
    decided: int
    quarantined: int
    rules: Mapping[str, int]  # rows by the rule that they break; one may break several
    examples: tuple[tuple[int, int], ...]  # partition and offset of a few, newest first

    @property
    def share(self) -> float:
        return self.quarantined / self.decided if self.decided else 0.0


def allowed_share(completeness: float | None, otherwise: float) -> tuple[float, str]:
    """The largest share that raises no alert, and where it is from."""
    if completeness is None:
        return otherwise, "setting QUARANTINE_SHARE, as the contract names no completeness"
    return round(1.0 - completeness, 9), f"the contract's completeness of {completeness * 100:g} %"
