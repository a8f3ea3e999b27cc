from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tidelake.cli.demo.catch_up import BRONZE_STANDS, NotCatchingUp, Reach, catch_up
from tidelake.testkit.clock import FakeClock

START = datetime(2026, 1, 1, tzinfo=UTC)


def run(steps: Iterator[Reach], *, step: timedelta = timedelta(seconds=1), give_up_after: int = 10_000):
    clock = FakeClock(START)
    seen: list[Reach] = []

    def wait(_: timedelta) -> bool:
        clock.advance(step)
        return len(seen) >= give_up_after

    caught_up = catch_up(
        lambda: next(steps), stands=BRONZE_STANDS, clock=clock, wait=wait, on_reach=seen.append
    )
    return caught_up, seen


def test_it_ends_once_everything_is_written():
    caught_up, seen = run(iter([Reach(0, 10), Reach(7, 10), Reach(10, 10)]))
    assert caught_up
    assert seen[-1] == Reach(10, 10)


def test_an_empty_topic_is_caught_up_at_once():
    assert run(iter([Reach(0, 0)])) == (True, [Reach(0, 0)])


def test_a_standstill_is_an_error_that_names_how_far_bronze_is_behind():
    with pytest.raises(NotCatchingUp) as caught:
        run(iter(lambda: Reach(3, 10), None))
    assert caught.value.behind == 7


def test_slow_progress_is_no_standstill():
    caught_up, _ = run(iter([Reach(n, 5) for n in range(6)]), step=timedelta(seconds=80))
    assert caught_up


def test_the_user_can_end_the_wait():
    assert run(iter(lambda: Reach(3, 10), None), give_up_after=3)[0] is False
