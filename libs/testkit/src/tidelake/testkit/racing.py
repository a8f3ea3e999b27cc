"""Races: so many callers, started at one moment, and what became of each."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def race(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Makes all calls at once, each in a thread of its own, and gives their results in order.

    Raises what the first failed call raised, when all have ended.
    """
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        barrier.wait(timeout=30)
        return call()

    with ThreadPoolExecutor(max_workers=len(calls)) as threads:
        return [future.result() for future in [threads.submit(run, call) for call in calls]]
