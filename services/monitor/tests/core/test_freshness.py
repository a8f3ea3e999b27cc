"""Delays, percentiles, and what is held against the contract."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from monitor.core.delays import Delays, delays_of, seconds_between
from monitor.core.freshness import TO_BRONZE, WHOLE, Freshness, Hop, Waiting, whole_of
from monitor.core.log_ends import LogEnds, Rate
from tidelake.tables.positions import Source

AT, OTHER = Source("t", 0), Source("t", 1)


def delays(seconds: float, rows: int = 1) -> Delays:
    return Delays(rows, seconds, seconds, seconds, seconds)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200))
def test_a_percentile_is_a_delay_of_a_row_and_that_many_are_within_it(seconds: list[float]) -> None:
    found = delays_of(np.array(seconds))
    assert found is not None
    for share, figure in ((0.5, found.p50_s), (0.95, found.p95_s), (0.99, found.p99_s), (1, found.max_s)):
        assert figure in seconds
        assert sum(one <= figure for one in seconds) >= share * len(seconds)


def test_no_rows_have_no_delay_and_clocks_apart_no_negative_one() -> None:
    assert delays_of(np.array([])) is None
    assert delays_of(np.array([-0.5, -0.1])) == delays(0.0, 2)


def test_rows_without_a_time_are_left_out() -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    kind = pa.timestamp("us", "UTC")
    begun = pa.chunked_array([pa.array([began, None, began], kind)])
    ended = pa.chunked_array([pa.array([began + timedelta(milliseconds=1500), began, None], kind)])
    assert seconds_between(begun, ended).tolist() == [1.5]


def test_what_waits_for_longer_than_what_arrived_took_is_what_counts() -> None:
    hop = Hop(WHOLE, delays(1.0), "")
    assert Freshness(5, (hop,), Waiting()).figure_s == 1.0
    late = Freshness(5, (hop,), Waiting(undecided=3, undecided_s=9.0))
    assert (late.figure_s, late.kept) == (9.0, False)


def test_a_dataset_where_nothing_comes_is_not_late() -> None:
    still = Freshness(5, (Hop(TO_BRONZE, None, ""),), Waiting())
    assert (still.figure_s, still.kept) == (None, True)


def test_without_a_time_of_receipt_the_hops_are_added_up() -> None:
    assert whole_of(None, delays(1.0), delays(2.0)) == delays(3.0)
    assert whole_of(delays(2.5), delays(1.0), delays(2.0)) == delays(2.5)
    assert whole_of(None, None, delays(2.0)) is None


def test_a_record_waits_since_it_was_first_seen() -> None:
    ends = LogEnds()
    ends.see({AT: 10, OTHER: 5}, 100)
    ends.see({AT: 12, OTHER: 5}, 103)
    tokens = {AT: 10, OTHER: 5}
    ends.taken(tokens)
    assert (ends.unread(tokens), ends.oldest_s(tokens, 107), ends.is_known(tokens)) == (2, 4, True)
    assert (ends.unread({AT: 12, OTHER: 5}), ends.oldest_s({AT: 12, OTHER: 5}, 107)) == (0, 0)


def test_a_record_that_was_there_at_the_first_look_is_of_unknown_age() -> None:
    ends = LogEnds()
    ends.see({AT: 10}, 100)
    assert not ends.is_known({AT: 9})
    assert ends.oldest_s({}, 101) == 1


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=30))
def test_an_age_is_never_more_than_the_time_since_the_look_that_found_it(
    steps: list[tuple[int, int]],
) -> None:
    ends, end, token, found = LogEnds(), 0, 0, {0: 0.0}
    for second, (came, taken) in enumerate(steps):
        end, token = end + came, min(end, token + taken)
        for offset in range(end - came, end):
            found[offset] = second
        ends.see({AT: end}, second)
        ends.taken({AT: token})
        age = ends.oldest_s({AT: token}, second)
        assert age == (second - found[token] if token < end else 0)
        assert ends.unread({AT: token}) == end - token


def test_a_rate_is_over_the_window_and_begins_anew_when_a_figure_falls() -> None:
    rate = Rate(10)
    assert rate.per_s is None
    for second in range(21):
        rate.see(second * 3, second)
    assert rate.per_s == 3
    rate.see(0, 21)
    assert rate.per_s is None
