"""What is lost is told from what silver has not come to yet."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from monitor.core.gaps import GapWatch, both, skipped
from tidelake.ledger.runs import NO_RUNS, Runs, runs_of
from tidelake.tables.positions import Source

AT = Source("t", 0)


def runs(*offsets: int) -> Runs:
    return runs_of(np.array(offsets, dtype=np.int64))


def lost(watch: GapWatch, offsets: tuple[int, ...], now: float) -> list[list[int]]:
    return watch.lost({AT: runs(*offsets)} if offsets else {}, now).get(AT, NO_RUNS).tolist()


def test_a_row_that_stays_without_an_outcome_is_lost_after_a_while() -> None:
    watch = GapWatch(20)
    assert lost(watch, (5,), 0) == []
    assert lost(watch, (5,), 19) == []
    assert lost(watch, (5,), 20) == [[5, 6]]
    assert lost(watch, (), 21) == []
    assert lost(watch, (5,), 22) == [], "it was back in between, and has its time again"


def test_rows_that_grow_fewer_are_worked_through_and_not_lost() -> None:
    watch = GapWatch(20)
    for second in range(0, 100, 10):
        assert lost(watch, tuple(range(second // 10, 50)), second) == []
    assert lost(watch, tuple(range(9, 50)), 110) == [[9, 50]]


def test_each_row_has_its_own_time() -> None:
    watch = GapWatch(20)
    lost(watch, (5,), 0)
    assert lost(watch, (5, 8), 15) == []
    assert lost(watch, (5, 8), 20) == [[5, 6]]
    assert lost(watch, (5, 8), 35) == [[5, 6], [8, 9]]


def test_a_decision_half_written_teaches_nothing_and_hides_nothing() -> None:
    watch = GapWatch(20)
    lost(watch, (5,), 0)
    assert watch.still_lost({AT: runs(5, 7)}, 30)[AT].tolist() == [[5, 6]]
    assert lost(watch, (5, 7), 31) == [[5, 6]]


def test_only_rows_before_the_last_explained_one_were_jumped_over() -> None:
    assert skipped(runs(1, 2, 7, 8), 5).tolist() == [[1, 3]]
    assert skipped(NO_RUNS, 5).tolist() == []


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_both_is_what_is_in_both(these: set[int], those: set[int]) -> None:
    assert both(runs(*these), runs(*those)).tolist() == runs(*(these & those)).tolist()
