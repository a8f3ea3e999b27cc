"""Runs and their comparison say what sets of offsets say."""

from collections import Counter
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tidelake.ledger.coverage import cover, holes
from tidelake.ledger.runs import NO_RUNS, Runs, first_offsets, joined, merged, parts_of, rows_in, runs_of

OFFSETS = st.lists(st.integers(0, 40), max_size=60)


def runs(offsets: list[int]) -> Runs:
    return runs_of(np.array(offsets, dtype=np.int64))


def offsets_in(found: Runs) -> list[int]:
    return sorted(offset for first, end in found.tolist() for offset in range(first, end))


@given(OFFSETS)
def test_runs_hold_each_offset_as_often_as_it_came(offsets: list[int]) -> None:
    assert offsets_in(runs(offsets)) == sorted(offsets)
    assert rows_in(runs(offsets)) == len(offsets)


@given(st.lists(OFFSETS, max_size=5))
def test_merged_runs_are_the_same_offsets_in_fewer_runs(parts: list[list[int]]) -> None:
    apart = joined(runs(part) for part in parts)
    found = merged(apart)
    assert offsets_in(found) == offsets_in(apart)
    assert len(found) <= len(apart)
    once = sorted({offset for part in parts for offset in part})
    assert merged(joined(runs([offset]) for offset in once)).tolist() == runs(once).tolist()


@given(OFFSETS, OFFSETS)
def test_a_sweep_finds_what_sets_find(rows: list[int], outcomes: list[int]) -> None:
    found, there, explained = cover(runs(rows), runs(outcomes)), Counter(rows), Counter(outcomes)
    assert offsets_in(found.without) == sorted(there.keys() - explained.keys())
    assert offsets_in(found.unknown) == sorted(explained.keys() - there.keys())
    assert offsets_in(found.doubled) == sorted(one for one, times in explained.items() if times > 1)
    assert offsets_in(found.repeated) == sorted(one for one, times in there.items() if times > 1)
    assert found.reach == max((one + 1 for one in outcomes), default=0)


@given(OFFSETS, st.lists(st.integers(0, 60), max_size=4))
def test_files_that_are_cut_another_way_change_nothing(rows: list[int], cuts: list[int]) -> None:
    ends = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    parts = [runs(rows[first:end]) for first, end in pairwise(ends)]
    whole, cut = cover(runs(rows), NO_RUNS), cover(joined(parts), NO_RUNS)
    assert offsets_in(whole.without) == offsets_in(cut.without)
    assert offsets_in(whole.repeated) == offsets_in(cut.repeated)


@given(OFFSETS, st.integers(0, 40), st.integers(0, 40))
def test_holes_and_parts_lie_between_their_ends(rows: list[int], first: int, end: int) -> None:
    inside = range(first, end)
    assert offsets_in(holes(runs(rows), first, end)) == sorted(set(inside) - set(rows))
    assert offsets_in(parts_of(runs(rows), first, end)) == sorted(one for one in rows if one in inside)


def test_neighbours_are_told_as_one_run() -> None:
    found = cover(runs([1, 2, 3, 4, 9]), runs([3]))
    assert found.without.tolist() == [[1, 3], [4, 5], [9, 10]]
    assert first_offsets(found.without, 3) == (1, 2, 4)
