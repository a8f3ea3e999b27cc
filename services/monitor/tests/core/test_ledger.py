"""Positions in, a count out: each kind of fault planted once."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitor.core.absent import NOTHING_ABSENT, Absent
from monitor.core.gaps import GapWatch
from monitor.core.ledger import Counted, LedgerCount, SilverPositions, count_ledger
from tidelake.ledger.position_files import Positions
from tidelake.ledger.runs import Runs, runs_of
from tidelake.tables.positions import Source

AT = Source("t", 0)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def table(offsets: Sequence[int], words: Mapping[str, int] | None = None) -> Positions:
    found: Runs = runs_of(np.array(offsets, dtype=np.int64))
    return Positions(1, len(offsets), {AT: found} if len(offsets) else {}, words or {})


def counted(
    bronze: Sequence[int],
    silver: Sequence[int],
    outcomes: Sequence[int],
    *,
    silver_explains: bool = True,
    between: bool = False,
    patience: float = 0,
) -> Counted:
    words = {"duplicate": len(outcomes)}
    explained = SilverPositions(table(silver), table(outcomes, words), between, silver_explains)
    return count_ledger(table(bronze), explained, NOTHING_ABSENT, GapWatch(patience), NOW, 0)


def faults(count: LedgerCount) -> dict[str, list[int]]:
    return {fault.kind: [offset for _, offset in fault.examples] for fault in count.faults}


def test_each_row_once_balances() -> None:
    count = counted(range(6), [0, 1, 4], [2, 3, 5]).count
    assert count.balanced
    assert (count.bronze_rows, count.in_silver, count.decided, count.waiting) == (6, 3, 6, 0)


def test_rows_behind_the_last_decided_one_wait_and_are_no_fault() -> None:
    found = counted(range(6), [0, 1], [])
    assert (found.count.faults, found.count.waiting) == ((), 4)
    assert found.waiting[AT].tolist() == [[2, 6]]


def test_a_row_that_was_jumped_over_is_missing() -> None:
    count = counted(range(6), [0, 1, 3, 4, 5], []).count
    assert faults(count) == {"missing": [2]}
    assert count.waiting == 0


def test_a_row_that_was_just_jumped_over_is_suspected_first() -> None:
    count = counted(range(3), [0, 2], [], patience=20).count
    assert (count.faults, count.waiting, count.suspects) == ((), 1, 1)


def test_a_row_between_silvers_two_commits_is_not_missing() -> None:
    count = counted(range(6), [0, 1, 3, 4, 5], [], between=True, patience=20).count
    assert (count.faults, count.waiting) == ((), 1)


@pytest.mark.parametrize(
    ("bronze", "silver", "outcomes", "expected"),
    [
        ([0, 1], [0, 1], [1], {"doubled": [1]}),
        ([0, 1], [0, 1, 1], [], {"doubled": [1]}),
        ([0, 1], [0, 1, 9], [], {"unknown": [9]}),
        ([0, 1, 1], [0, 1], [], {"doubled-in-bronze": [1]}),
    ],
)
def test_what_stands_twice_or_comes_from_nowhere_is_told(
    bronze: list[int], silver: list[int], outcomes: list[int], expected: dict[str, list[int]]
) -> None:
    assert faults(counted(bronze, silver, outcomes).count) == expected


def test_of_an_upsert_dataset_the_outcomes_alone_explain_rows() -> None:
    assert counted([0, 1, 2], [2], [0, 1, 2], silver_explains=False).count.balanced
    assert faults(counted([0, 1, 2], [1], [0, 2], silver_explains=False).count) == {"missing": [1]}


@pytest.mark.parametrize(("rows", "expected"), [(2, {}), (3, {}), (1, {"missing-in-silver": []})])
def test_silver_of_an_upsert_dataset_has_a_row_for_each_key_of_its_outcomes_at_least(
    rows: int, expected: dict[str, list[int]]
) -> None:
    silver = Positions(1, rows, {}, {})
    told = SilverPositions(silver, table([0, 1, 2], {"inserted": 2, "updated": 1}), True, False, keys=2)
    count = count_ledger(table([0, 1, 2]), told, NOTHING_ABSENT, GapWatch(0), NOW, 0).count
    assert faults(count) == expected
    assert (count.decided, count.in_silver) == (3, rows), "a key is no row of bronze of its own"


def test_a_dataset_without_silver_waits_for_nothing() -> None:
    count = count_ledger(table([0, 1]), None, NOTHING_ABSENT, GapWatch(0), NOW, 0).count
    assert (count.balanced, count.waiting, count.silver_version) == (True, 0, None)


def test_a_count_of_which_kafka_was_not_asked_all_is_not_whole() -> None:
    absent = Absent({AT: runs_of(np.array([3]))}, 5)
    count = count_ledger(table([0, 1, 2]), None, absent, GapWatch(0), NOW, 0).count
    assert (faults(count), count.unasked, count.is_whole) == ({"missing-in-bronze": [3]}, 5, False)
    assert count_ledger(table([0]), None, NOTHING_ABSENT, GapWatch(0), NOW, 0).count.is_whole


@given(st.sets(st.integers(0, 40)), st.data())
def test_a_count_balances_exactly_if_each_row_has_one_outcome(rows: set[int], data: st.DataObject) -> None:
    in_silver = {row for row in rows if data.draw(st.booleans())}
    odd = data.draw(st.sampled_from(["nothing", "lost", "doubled", "unknown"]))
    explained = rows - in_silver
    silver = sorted(in_silver)
    if odd == "lost" and len(rows) > 1:
        gone = min(rows)  # any later row has its outcome
        silver, explained = [row for row in silver if row != gone], explained - {gone}
    elif odd == "doubled" and rows:
        explained |= {min(rows)}
        silver = sorted({*silver, min(rows)})
    elif odd == "unknown":
        explained |= {99}
    else:
        odd = "nothing"
    assert counted(sorted(rows), silver, sorted(explained)).count.balanced == (odd == "nothing")
