"""Waiting that ends as soon as somebody asks to stop, or at its time."""

import time
from collections.abc import Callable
from datetime import timedelta

from tidelake.bench.errors import BenchFailed, BenchInterrupted
from tidelake.runtime.shutdown import StopSignal


def pause(seconds: float, stop: StopSignal) -> None:
    """Waits that long. Raises BenchInterrupted."""
    if stop.wait(timedelta(seconds=max(0.0, seconds))):
        raise BenchInterrupted


def wait_for(
    reached: Callable[[], bool], what: str, stop: StopSignal, *, within: timedelta, every: timedelta
) -> None:
    """Asks `reached()` until it is true; `what` is missing so long.

    Raises BenchFailed after `within`, BenchInterrupted.
    """
    end = time.monotonic() + within.total_seconds()
    while not reached():
        if time.monotonic() > end:
            raise BenchFailed(
                f"After {within.total_seconds():.0f} s there was still no {what}.",
                "Try it on a quieter machine, or with less load.",
            )
        pause(every.total_seconds(), stop)
