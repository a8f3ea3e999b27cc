"""Stopping in order: a signal that only sets a flag, and one deadline that all steps of the stop share."""

import math
import os
import select
import signal
from datetime import timedelta
from types import FrameType, TracebackType
from typing import Self

from tidelake.runtime.clock import Clock
from tidelake.runtime.errors import LakeError, Terminal

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopForced(LakeError, Terminal):
    """A second signal came before the stop in order was done."""

    def __init__(self) -> None:
        super().__init__(
            "A second signal ended the stop in order. What was not finished was not committed, and is done "
            "again by whoever takes the work over."
        )


class StopSignal:
    """Says that the process was asked to stop: once, in order; twice, at once.

    As a context manager it takes SIGTERM and SIGINT over (main thread only) and gives them back at its end;
    without, it is only the flag, for tests and for loops that another part stops.
    """

    def __init__(self) -> None:
        self._requests = 0
        # A pipe and not a threading.Event: setting an Event inside a handler can wait for ever on the lock
        # that the interrupted thread holds. What is written stays in it, so every waiter sees it.
        self._read_end, self._write_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._previous: dict[signal.Signals, object] = {}

    @property
    def requested(self) -> bool:
        """Stop taking work, finish what there is."""
        return self._requests > 0

    @property
    def forced(self) -> bool:
        """Asked twice: end now, without committing."""
        return self._requests > 1

    def request(self) -> None:
        """What a signal does; any thread may call it."""
        self._requests += 1
        if self._requests < 3:
            os.write(self._write_end, b"s")

    def wait(self, timeout: timedelta | None = None) -> bool:
        """Waits until a stop is requested, at most `timeout` (None: without end). True if it is."""
        if not self.requested:
            waiting = select.poll()
            waiting.register(self._read_end, select.POLLIN)
            waiting.poll(None if timeout is None else math.ceil(timeout.total_seconds() * 1000))
        return self.requested

    def fileno(self) -> int:
        """Readable once a stop is requested: for `loop.add_reader` and `select`. Nobody may read from it."""
        return self._read_end

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            self._previous[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, previous in self._previous.items():
            signal.signal(number, previous)  # pyright: ignore[reportArgumentType]
        self._previous.clear()

    def __del__(self) -> None:
        os.close(self._read_end)
        os.close(self._write_end)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.request()


class Deadline:
    """One end that several steps share: what the first step uses up, the last one lacks."""

    def __init__(self, timeout: timedelta, clock: Clock) -> None:
        self._clock = clock
        self._end = clock.monotonic() + timeout.total_seconds()

    def remaining(self) -> timedelta:
        """Never negative."""
        return timedelta(seconds=max(0.0, self._end - self._clock.monotonic()))

    @property
    def expired(self) -> bool:
        return self._clock.monotonic() >= self._end
