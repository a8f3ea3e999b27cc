"""Offsets as runs: half-open spans of neighbours, so that a hundred thousand rows are a line of numbers."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Offsets = NDArray[np.int64]
Runs = NDArray[np.int64]
"""Shape (n, 2): [first, end) each. An offset that stands in two of them stands there twice."""

END_OF_OFFSETS = int(np.iinfo(np.int64).max)
"""Behind every offset."""

NO_RUNS: Runs = np.empty((0, 2), dtype=np.int64)


def runs_of(offsets: Offsets) -> Runs:
    """The runs of these offsets, in any order and with repeats: each offset is in as many as it came."""
    if not len(offsets):
        return NO_RUNS
    ascending = np.sort(offsets)
    breaks = np.flatnonzero(np.diff(ascending) != 1) + 1
    firsts = ascending[np.concatenate(([0], breaks))]
    ends = ascending[np.concatenate((breaks - 1, [len(ascending) - 1]))] + 1
    return np.stack((firsts, ends), axis=1)


def joined(parts: Iterable[Runs]) -> Runs:
    """All of them, as they are."""
    return np.concatenate([NO_RUNS, *parts])


def merged(runs: Runs) -> Runs:
    """The same offsets, each as often, with runs that touch made one: as few as there can be if no offset
    stands in two of them."""
    if not len(runs):
        return runs
    firsts, ends = np.sort(runs[:, 0]), np.sort(runs[:, 1])
    apart = np.flatnonzero(firsts[1:] != ends[:-1]) + 1
    return np.stack((firsts[np.concatenate(([0], apart))], ends[np.concatenate((apart - 1, [-1]))]), axis=1)


def rows_in(runs: Runs) -> int:
    """How many rows these runs stand for."""
    return int((runs[:, 1] - runs[:, 0]).sum())


def first_offsets(runs: Runs, most: int) -> tuple[int, ...]:
    """The first few offsets, ascending."""
    found: list[int] = []
    for first, end in runs[np.argsort(runs[:, 0], kind="stable")].tolist():
        found.extend(range(first, min(end, first + most - len(found))))
        if len(found) >= most:
            break
    return tuple(found)


def parts_of(runs: Runs, begin: int, stop: int) -> Runs:
    """What lies in [begin, stop)."""
    cut = np.clip(runs, begin, stop)
    return cut[cut[:, 0] < cut[:, 1]]
