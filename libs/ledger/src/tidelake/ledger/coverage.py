"""Compares what is there with what explains it, offset by offset, by one sweep over the ends of the runs."""

from dataclasses import dataclass

import numpy as np

from .runs import NO_RUNS, Runs, joined


@dataclass(frozen=True, slots=True)
class Coverage:
    """One partition of one topic: rows against outcomes. Each of the runs is ascending and has no repeats."""

    without: Runs  # rows that nothing explains
    doubled: Runs  # offsets with more than one outcome
    unknown: Runs  # offsets with an outcome that are no rows
    repeated: Runs  # offsets that are more than one row
    reach: int  # behind the last offset with an outcome; 0 where none has one


def cover(rows: Runs, outcomes: Runs) -> Coverage:
    """Every offset of the rows should have exactly one outcome, and every outcome a row."""
    ends = np.unique(joined((rows, outcomes)))
    if not len(ends):
        return Coverage(NO_RUNS, NO_RUNS, NO_RUNS, NO_RUNS, 0)
    there, explained = _times(rows, ends), _times(outcomes, ends)
    spans = np.stack((ends[:-1], ends[1:]), axis=1)
    return Coverage(
        without=_together(spans[(there > 0) & (explained == 0)]),
        doubled=_together(spans[explained > 1]),
        unknown=_together(spans[(there == 0) & (explained > 0)]),
        repeated=_together(spans[there > 1]),
        reach=int(outcomes[:, 1].max()) if len(outcomes) else 0,
    )


def distinct(runs: Runs) -> Runs:
    """The offsets that stand in these runs, each once, ascending."""
    return cover(runs, NO_RUNS).without


def holes(rows: Runs, first: int, end: int) -> Runs:
    """Offsets of [first, end) that are no rows."""
    if first >= end:
        return NO_RUNS
    return cover(np.array([[first, end]], dtype=np.int64), rows).without


def _times(runs: Runs, ends: Runs) -> Runs:
    """How often the offsets between each two neighbours of `ends` stand in the runs."""
    begun = np.searchsorted(np.sort(runs[:, 0]), ends[:-1], side="right")
    ended = np.searchsorted(np.sort(runs[:, 1]), ends[:-1], side="right")
    return begun - ended


def _together(spans: Runs) -> Runs:
    """Ascending spans, with those that touch made one."""
    if len(spans) < 2:
        return spans
    apart = np.flatnonzero(spans[1:, 0] != spans[:-1, 1])
    firsts = spans[np.concatenate(([0], apart + 1)), 0]
    stops = spans[np.concatenate((apart, [len(spans) - 1])), 1]
    return np.stack((firsts, stops), axis=1)
