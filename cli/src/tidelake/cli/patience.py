"""Ctrl-C, a closed terminal and SIGTERM as a flag: once to stop in order, twice to stop at once."""

import signal
from collections.abc import Generator
from contextlib import contextmanager

from tidelake.runtime.shutdown import StopSignal


@contextmanager
def interruptible() -> Generator[StopSignal]:
    """Within the block these signals only set the flag, so that whoever works can leave nothing behind."""
    with StopSignal() as stop:
        previous = signal.getsignal(signal.SIGHUP)
        if previous is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, lambda _number, _frame: stop.request())
        try:
            yield stop
        finally:
            signal.signal(signal.SIGHUP, previous)
