"""Ctrl-C is heard at once, whatever the demo is doing: what takes long has a thread of its own."""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from tidelake.runtime.shutdown import StopSignal

T = TypeVar("T")
_LOOK_EVERY_S = 0.05


class Interrupted(Exception):
    """The user pressed Ctrl-C."""


def heard(stop: StopSignal, work: Callable[[], T], on_stop: Callable[[], object], *, leave_it: bool) -> T:
    """What `work` returns or raises, unless a stop is requested before it has ended.

    Then `on_stop` is called at once and Interrupted raised: with `leave_it` at once, too, while `work` goes
    on until `leave` ends the process; without it, once `work`, which looks at `stop` itself, has ended.

    Python runs a signal's handler between two steps of its main thread only. A main thread that scans a
    table would hear of it when the scan is done, so here it does nothing but wait.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="demo")
    under_way = pool.submit(work)
    pool.shutdown(wait=False)
    while not wait([under_way], _LOOK_EVERY_S).done and not stop.requested:
        pass
    if not stop.requested:
        return under_way.result()
    on_stop()
    if not leave_it:
        wait([under_way])
    raise Interrupted


def leave(code: int) -> NoReturn:
    """End the process without waiting for the threads that were left."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


@dataclass(frozen=True, slots=True)
class Stopping:
    """Patience while everything is stopped: the signal that asked for it is no reason to give that up, and
    another one is a reason to end everything at once."""

    stop: StopSignal

    @property
    def requested(self) -> bool:
        return False

    @property
    def forced(self) -> bool:
        return self.stop.forced
