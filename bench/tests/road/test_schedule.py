"""The open loop."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidelake.bench.road.schedule import Schedule

SCHEDULES = st.builds(
    Schedule,
    rate=st.integers(1, 100_000),
    batch=st.integers(1, 1000),
    warm_up_s=st.floats(0, 100),
    counted_s=st.floats(0.1, 100),
)


def test_requests_are_due_at_an_even_pace_from_the_start() -> None:
    schedule = Schedule(rate=1000, batch=20, warm_up_s=1, counted_s=2)

    assert schedule.requests == 150
    assert [schedule.due(nth) for nth in (0, 1, 50, 149)] == [0, 0.02, 1.0, 2.98]


def test_what_is_due_in_the_warm_up_is_not_counted() -> None:
    schedule = Schedule(rate=1000, batch=20, warm_up_s=1, counted_s=2)

    assert not schedule.is_counted(49)
    assert sum(map(schedule.is_counted, range(schedule.requests))) == 100


@given(SCHEDULES)
def test_all_requests_are_due_before_the_end_and_one_more_would_not_be(schedule: Schedule) -> None:
    tolerance = 1 / schedule.rate

    assert schedule.due(schedule.requests - 1) <= schedule.total_s + tolerance
    assert schedule.due(schedule.requests) >= schedule.total_s - tolerance


@pytest.mark.parametrize("wrong", [{"rate": 0}, {"batch": 0}, {"warm_up_s": -1}, {"counted_s": 0}])
def test_a_schedule_without_a_pace_or_anything_to_count_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="schedule"):
        Schedule(**{"rate": 1, "batch": 1, "warm_up_s": 0, "counted_s": 1, **wrong})  # pyright: ignore[reportArgumentType]
