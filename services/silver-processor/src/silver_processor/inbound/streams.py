"""All streams of the process: started beside each other, watched, started again alone when one fails, stopped
in order."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol

import structlog
from tidelake.contracts.contract import Contract
from tidelake.runtime.clock import Clock
from tidelake.runtime.health import Health
from tidelake.runtime.shutdown import Deadline
from tidelake.tables.bronze_table import TableMissing

from silver_processor.outbound.metrics import SilverMetrics

log = structlog.get_logger()

_STARTS_AT_ONCE = 4
_CHANGE = timedelta(seconds=30)
"""For the batch under way when a stream changes to another contract; if it takes longer, it is taken anew."""


class Stream(Protocol):
    """One dataset's stream while it runs."""

    def failure(self) -> str | None:
        """Why it has ended; None while it runs."""
        ...

    def works(self) -> bool:
        """Whether it has finished a micro-batch, or found that there is none to take."""
        ...

    def stop(self, deadline: Deadline) -> None:
        """Finishes the batch under way, if it does so in time, and takes no other."""
        ...


IsMine = Callable[[str], bool]
"""Whether the dataset of that address is this processor's."""
Beside = Callable[[Callable[[], Stream]], "Future[Stream]"]
"""Does a stream's start on another thread, or at once."""


@contextmanager
def starting_beside() -> Generator[Beside]:
    """A few threads for it; who leaves does not wait for a start that hangs."""
    pool = ThreadPoolExecutor(_STARTS_AT_ONCE, thread_name_prefix="start")
    try:
        yield pool.submit
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@dataclass(slots=True)
class _Watched:
    stream: Stream | None = None
    starting: Future[Stream] | None = None
    failures: int = 0  # in a row
    start_at: float = 0.0  # monotonic seconds; not before
    contract: Contract | None = None  # of the stream, or of the one that starts


class Streams:
    """One stream for each dataset and major version that is this processor's. For one thread."""

    def __init__(
        self,
        start: Callable[[Contract], Stream],
        beside: Beside,
        first_retry: timedelta,
        last_retry: timedelta,
        clock: Clock,
        health: Health,
        metrics: SilverMetrics,
    ) -> None:
        """`start` makes the tables and starts the stream. It raises TableMissing while there is no bronze to
        read; all else that it raises counts as the stream's failure."""
        self._start = start
        self._beside = beside
        self._first_retry = first_retry
        self._last_retry = last_retry
        self._clock = clock
        self._health = health
        self._metrics = metrics
        self._watched: dict[str, _Watched] = {}  # by the dataset's address

    def step(self, contracts: Iterable[Contract], is_mine: IsMine) -> None:
        """Starts what is missing, and again what has another contract now, and looks at what has ended.
        What is another processor's is left to it."""
        self.keep(is_mine)
        for contract in contracts:
            if not is_mine(contract.address):
                continue
            watched = self._watched.setdefault(contract.address, _Watched())
            if watched.starting is not None:
                self._end_start(contract.address, watched, watched.starting)
            if watched.stream is not None:
                self._look(contract.address, watched, watched.stream)
            if watched.stream is not None and watched.contract != contract:
                watched.stream.stop(Deadline(_CHANGE, self._clock))
                watched.stream = None
            idle = watched.stream is None and watched.starting is None
            if idle and self._clock.monotonic() >= watched.start_at:
                self._begin_start(contract, watched)

    def keep(self, is_mine: IsMine, within: timedelta = _CHANGE) -> None:
        """Ends those that are another processor's now, each after its batch if that ends within so long."""
        deadline = Deadline(within, self._clock)
        for address in [address for address in self._watched if not is_mine(address)]:
            _end(self._watched.pop(address), deadline)
            self._health.forget(_component(address))
            log.info("stream_given_away", dataset=address)

    def stop(self, deadline: Deadline) -> None:
        """Stops all, each after its batch. The deadline is shared."""
        for watched in self._watched.values():
            _end(watched, deadline)
        self._watched.clear()

    def _begin_start(self, contract: Contract, watched: _Watched) -> None:
        self._health.set(_component(contract.address), False, "it starts")
        watched.contract = contract
        watched.starting = self._beside(partial(self._start, contract))
        self._end_start(contract.address, watched, watched.starting)

    def _end_start(self, address: str, watched: _Watched, starting: Future[Stream]) -> None:
        if not starting.done():
            return
        watched.starting = None
        try:
            watched.stream = starting.result()
        except TableMissing as cause:  # its writer makes it; looked for again at the next step
            self._health.set(_component(address), False, str(cause))
            return
        except Exception as cause:  # the edge of this dataset: the others go on
            log.exception("stream_not_started", dataset=address)
            self._failed(address, watched, f"{type(cause).__name__}: {cause}")
            return
        if not watched.failures:
            self._health.set(_component(address), True)
        version = str(watched.contract.version) if watched.contract else ""
        log.info("stream_started", dataset=address, version=version)

    def _look(self, address: str, watched: _Watched, stream: Stream) -> None:
        if (reason := stream.failure()) is not None:
            log.error("stream_failed", dataset=address, reason=reason)
            self._failed(address, watched, reason)
        elif watched.failures and stream.works():
            log.info("stream_recovered", dataset=address, failures=watched.failures)
            watched.failures = 0
            self._health.set(_component(address), True)

    def _failed(self, address: str, watched: _Watched, reason: str) -> None:
        pause = min(self._first_retry * 2**watched.failures, self._last_retry)
        watched.stream = None
        watched.failures = min(watched.failures + 1, 30)
        watched.start_at = self._clock.monotonic() + pause.total_seconds()
        self._metrics.failed(address)
        text = f"{reason} It starts again {pause.total_seconds():g} s later, from where its tables stand."
        self._health.set(_component(address), False, text)


def _end(watched: _Watched, deadline: Deadline) -> None:
    if (starting := watched.starting) is not None and not starting.cancel():
        wait([starting], deadline.remaining().total_seconds())
        if starting.done() and starting.exception() is None:
            watched.stream = starting.result()
    if watched.stream is not None:
        watched.stream.stop(deadline)


def _component(address: str) -> str:
    return f"stream {address}"
