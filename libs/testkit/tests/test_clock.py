from datetime import UTC, datetime, timedelta

import pytest
from tidelake.runtime.clock import Clock, SystemClock
from tidelake.testkit.clock import FakeClock


def test_it_stands_still_until_it_is_moved():
    clock: Clock = FakeClock(datetime(2013, 1, 31, 23, 59, 59, tzinfo=UTC))
    assert clock.now() == clock.now()
    assert clock.monotonic() == 0


def test_time_of_day_and_span_move_together():
    clock = FakeClock(datetime(2013, 1, 31, 23, 59, 59, tzinfo=UTC))
    clock.advance(timedelta(seconds=1.5))
    assert clock.now() == datetime(2013, 2, 1, 0, 0, 0, 500_000, tzinfo=UTC)
    assert clock.monotonic() == 1.5


def test_it_never_goes_back():
    with pytest.raises(ValueError, match="does not go back"):
        FakeClock().advance(timedelta(seconds=-1))


def test_it_starts_at_an_aware_time_only():
    with pytest.raises(ValueError, match="aware"):
        FakeClock(datetime(2013, 1, 1))  # noqa: DTZ001


def test_the_system_clock_is_aware_and_its_spans_grow():
    clock: Clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic() <= clock.monotonic()
