"""Waiting that can be ended."""

from datetime import timedelta

import pytest
from tidelake.bench.errors import BenchFailed, BenchInterrupted
from tidelake.bench.waiting import pause, wait_for
from tidelake.runtime.shutdown import StopSignal

MOMENT = timedelta(milliseconds=1)


def test_it_ends_when_what_is_waited_for_is_reached() -> None:
    answers = iter([False, False, True])

    wait_for(lambda: next(answers), "it", StopSignal(), within=timedelta(seconds=10), every=MOMENT)

    assert next(answers, None) is None


def test_it_does_not_wait_for_ever() -> None:
    with pytest.raises(BenchFailed, match="still no bronze"):
        wait_for(lambda: False, "bronze", StopSignal(), within=5 * MOMENT, every=MOMENT)


def test_a_request_to_stop_ends_it_at_once() -> None:
    stop = StopSignal()
    stop.request()

    with pytest.raises(BenchInterrupted):
        pause(60, stop)
    with pytest.raises(BenchInterrupted):
        wait_for(lambda: False, "it", stop, within=timedelta(seconds=60), every=timedelta(seconds=60))
