"""What is pending grows at its end, shrinks at its beginning, and never has a hole."""

import pyarrow as pa
from bronze_writer.core.pending import Pending
from hypothesis import given
from hypothesis import strategies as st
from tidelake.tables.positions import OffsetRange, Source

SOURCE = Source("topic-id", 0)


def batch(*offsets: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"offset": list(offsets)})


def pending(first: int = 10, first_start: bool = False) -> Pending:
    return Pending(SOURCE, "events.flights", first, first_start)


def test_nothing_is_pending_at_first() -> None:
    assert pending().is_empty
    assert pending().end == 10


def test_the_range_begins_at_the_token_and_not_at_the_first_record() -> None:
    some = pending()
    some.take(batch(13, 14), now=1.0)
    assert some.claim().offsets == OffsetRange(10, 15)
    assert (some.claim().rows, some.since) == (2, 1.0)


def test_offsets_without_a_record_are_gaps_until_they_are_proved() -> None:
    some = pending()
    some.take(batch(10, 11), now=1.0)
    assert some.claim().gaps == ()
    some.take(batch(14, 15, 17, 20), now=1.0)
    some.reach(22, now=1.0)
    some.reach(23, now=1.0)
    some.take(batch(24), now=1.0)
    assert some.claim().gaps == (range(12, 14), range(16, 17), range(18, 20), range(21, 24))
    some.prove([range(12, 14), range(18, 20), range(21, 24)])
    some.reach(26, now=1.0)
    assert some.claim().gaps == (range(16, 17), range(25, 26))


def test_an_end_without_records_is_pending_too() -> None:
    some = pending()
    some.reach(12, now=1.0)
    assert not some.is_empty
    assert (some.claim().offsets, some.claim().rows, some.since) == (OffsetRange(10, 12), 0, 1.0)


def test_an_end_that_was_reached_before_changes_nothing() -> None:
    some = pending()
    some.reach(10, now=1.0)
    some.reach(3, now=1.0)
    assert some.is_empty
    assert some.since is None


def test_what_came_during_a_commit_stays() -> None:
    some = pending(first_start=True)
    some.take(batch(10, 11), now=1.0)
    claim = some.claim()
    some.take(batch(12, 13, 14), now=2.0)
    some.settle(claim)
    assert (some.first, some.end, some.first_start) == (12, 15, False)
    assert some.claim().rows == 3
    assert some.bytes == batch(12, 13, 14).nbytes
    some.settle(some.claim())
    assert some.is_empty
    assert (some.bytes, some.since) == (0, None)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), max_size=20))
def test_committed_ranges_follow_each_other_without_a_hole(
    steps: list[tuple[int, int, bool]],
) -> None:
    some = pending()
    taken = committed = 0
    at = 10
    for rows, markers, commit in steps:
        if rows:
            some.take(batch(*range(some.end, some.end + rows)), now=1.0)
            taken += rows
        some.reach(some.end + markers, now=1.0)
        if commit and not some.is_empty:
            claim = some.claim()
            assert claim.offsets.first == at
            at = claim.offsets.end
            committed += claim.rows
            some.settle(claim)
    assert committed + some.claim().rows == taken
