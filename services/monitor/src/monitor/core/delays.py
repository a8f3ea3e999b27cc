"""Delays as percentiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute
from numpy.typing import NDArray

pc: Any = pyarrow.compute  # what its type stubs say is known in part only


@dataclass(frozen=True, slots=True)
class Delays:
    """Of so many rows, in seconds. Each percentile is the delay of one of these rows (nearest rank)."""

    rows: int
    p50_s: float
    p95_s: float
    p99_s: float
    max_s: float


def delays_of(seconds: NDArray[np.float64]) -> Delays | None:
    """None of no rows. A clock that runs behind another makes delays below zero: they count as zero."""
    if not len(seconds):
        return None
    ascending = np.sort(np.maximum(seconds, 0.0))

    def percentile(share: float) -> float:
        return float(ascending[max(0, int(np.ceil(share * len(ascending))) - 1)])

    return Delays(
        rows=len(ascending),
        p50_s=percentile(0.50),
        p95_s=percentile(0.95),
        p99_s=percentile(0.99),
        max_s=float(ascending[-1]),
    )


def seconds_between(begun: Any, ended: Any) -> NDArray[np.float64]:
    """Seconds from one Arrow column of timestamps to another; rows where either is null are left out."""
    micros = pc.drop_null(pc.microseconds_between(begun, ended))
    return np.asarray(micros.to_numpy(), dtype=np.float64) / 1e6
