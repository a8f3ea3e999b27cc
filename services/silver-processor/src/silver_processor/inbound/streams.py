"""All streams of the process: started, watched, started again alone when one fails, stopped in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog
from tidelake.contracts.contract import Contract
from tidelake.runtime.clock import Clock
from tidelake.runtime.health import Health
from tidelake.runtime.shutdown import Deadline
from tidelake.tables.bronze_table import TableMissing

from silver_processor.outbound.metrics import SilverMetrics

log = structlog.get_logger()

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


@dataclass(slots=True)
class _Watched:
    stream: Stream | None = None
    failures: int = 0  # in a row
    start_at: float = 0.0  # monotonic seconds; not before
    contract: Contract | None = None


class Streams:
    """One stream for each dataset and major version. For one thread."""

    def __init__(
        self,
        start: Callable[[Contract], Stream],
        first_retry: timedelta,
        last_retry: timedelta,
        clock: Clock,
        health: Health,
        metrics: SilverMetrics,
    ) -> None:
        """`start` makes the tables and starts the stream. It raises TableMissing while there is no bronze to
        read; all else that it raises counts as the stream's failure."""
        self._start = start
        self._first_retry = first_retry
        self._last_retry = last_retry
        self._clock = clock
        self._health = health
        self._metrics = metrics
        self._watched: dict[str, _Watched] = {}  # by the dataset's address

    def step(self, contracts: Iterable[Contract]) -> None:
        """Starts what is missing, and again what has another contract now, and looks at what has ended."""
        for contract in contracts:
            watched = self._watched.setdefault(contract.address, _Watched())
            if watched.stream is not None:
                self._look(contract.address, watched, watched.stream)
            if watched.stream is not None and watched.contract != contract:
                watched.stream.stop(Deadline(_CHANGE, self._clock))
                watched.stream = None
            if watched.stream is None and self._clock.monotonic() >= watched.start_at:
                self._try_to_start(contract, watched)

    def stop(self, deadline: Deadline) -> None:
        """Stops all, each after its batch. The deadline is shared."""
        for watched in self._watched.values():
            if watched.stream is not None:
                watched.stream.stop(deadline)

    def _try_to_start(self, contract: Contract, watched: _Watched) -> None:
        self._health.set(_component(contract.address), False, "it starts")
        try:
            watched.stream = self._start(contract)
        except TableMissing as cause:  # its writer makes it; looked for again at the next step
            self._health.set(_component(contract.address), False, str(cause))
            return
        except Exception as cause:  # the edge of this dataset: the others go on
            log.exception("stream_not_started", dataset=contract.address)
            self._failed(contract.address, watched, f"{type(cause).__name__}: {cause}")
            return
        watched.contract = contract
        if not watched.failures:
            self._health.set(_component(contract.address), True)
        log.info("stream_started", dataset=contract.address, version=str(contract.version))

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


def _component(address: str) -> str:
    return f"stream {address}"
