"""Stale spans, and how long recovery took."""

from hypothesis import given
from hypothesis import strategies as st
from tidelake.bench.soak.staleness import Recovery, delays, recovery, share, stale_spans

WRITES = st.lists(
    st.tuples(st.floats(0, 100), st.floats(0, 30)).map(lambda one: (one[0], one[0] + one[1])), max_size=30
)


def test_a_write_that_is_readable_in_time_makes_nothing_stale() -> None:
    assert stale_spans([(0, 5), (1, 5.9)], promised_s=5) == []


def test_it_is_stale_from_when_the_promise_ends_until_the_write_can_be_read() -> None:
    assert stale_spans([(10, 18)], promised_s=5) == [(15, 18)]


def test_spans_that_meet_are_one() -> None:
    assert stale_spans([(13, 30), (10, 18), (25, 40), (11, 17)], promised_s=5) == [(15, 40)]
    assert stale_spans([(10, 18), (20, 29)], promised_s=5) == [(15, 18), (25, 29)]


def test_a_kill_that_made_nothing_stale_took_no_time() -> None:
    assert recovery([(15, 18)], killed=20, until=50) == Recovery(0, over=True)


def test_recovery_counts_from_the_kill_to_the_end_of_the_last_span() -> None:
    spans = [(22.0, 25.0), (28.0, 34.0), (60.0, 70.0)]

    assert recovery(spans, killed=20, until=50) == Recovery(14, over=True)


def test_what_is_stale_still_when_the_next_one_is_killed_has_not_recovered() -> None:
    found = recovery([(22, 55)], killed=20, until=50)

    assert found == Recovery(30, over=False)
    assert not found.within(30)
    assert recovery([(22, 50)], killed=20, until=50).within(30)


def test_what_recovers_too_late_is_not_within_its_time() -> None:
    assert not recovery([(22, 51)], killed=20, until=80).within(30)


def test_the_delay_is_the_age_of_the_oldest_that_can_not_be_read() -> None:
    writes = [(0.0, 10.0), (2.0, 3.0), (8.0, 20.0)]

    assert delays(writes, [0, 2.5, 9, 10, 19, 20, 30]) == [0, 2.5, 9, 2, 11, 0, 0]


@given(WRITES, st.floats(0.1, 10))
def test_it_is_stale_exactly_when_the_delay_is_more_than_promised(
    writes: list[tuple[float, float]], promised: float
) -> None:
    times = [nth / 2 for nth in range(300)]
    spans = stale_spans(writes, promised)

    for at, delay in zip(times, delays(writes, times), strict=True):
        stale = any(begin < at < end for begin, end in spans)
        on_an_edge = any(abs(at - edge) < 1e-6 for span in spans for edge in span)
        assert on_an_edge or stale == (delay > promised) or abs(delay - promised) < 1e-6


def test_the_share_of_the_time_is_that_between_begin_and_end() -> None:
    assert share([(0, 10), (15, 20), (95, 200)], 5, 105) == 0.2
