"""The one loop of all consumers: poll, handle, commit, until told to stop; then finish in order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog
from tidelake.runtime.clock import Clock
from tidelake.runtime.health import Health
from tidelake.runtime.shutdown import Deadline, StopForced, StopSignal
from tidelake.streams.consumer import Consumer, Polled
from tidelake.streams.values import TopicPartition

log = structlog.get_logger()

NextOffsets = Mapping[TopicPartition, int]


class Work(Protocol):
    """What a service does with what its consumer brings."""

    def handle(self, polled: Polled) -> NextOffsets:
        """Takes one poll, also an empty one. Returns the partitions that are now durable up to an offset that
        may be told to Kafka; none while nothing is."""
        ...

    def drain(self, deadline: Deadline) -> NextOffsets:
        """Finishes what was taken and takes nothing more. Returns as `handle` does."""
        ...


@dataclass(frozen=True, slots=True)
class ConsumerLoop:
    """Drives `work` with what `consumer` brings, `max_records` a poll at most.

    The consumer is subscribed already, and closed by `run`.
    """

    consumer: Consumer
    work: Work
    health: Health
    clock: Clock
    max_records: int
    poll_timeout: timedelta
    stop_timeout: timedelta

    def step(self) -> None:
        """Polls, handles, commits: once."""
        polled = self.consumer.consume(self.max_records, self.poll_timeout)
        self._commit(self.work.handle(polled))

    def run(self, stop: StopSignal) -> None:
        """Steps until a stop is requested, then ends in order. Raises StopForced when asked a second time:
        nothing was committed after that, and the group learns of it by its session timeout."""
        run(self.step, stop)
        self.finish(stop)

    def finish(self, stop: StopSignal) -> None:
        """Not ready first; then drain, commit and close share one deadline."""
        self.health.stopping()
        deadline = Deadline(self.stop_timeout, self.clock)
        log.info("consumer_stopping", stop_timeout_seconds=self.stop_timeout.total_seconds())
        if not stop.forced:
            offsets = self.work.drain(deadline)
            if not stop.forced:
                self._commit(offsets)
        if stop.forced:
            raise StopForced
        self.consumer.close(deadline.remaining())

    def _commit(self, offsets: NextOffsets) -> None:
        if offsets:
            self.consumer.commit(offsets)


def run(step: Callable[[], object], stop: StopSignal) -> None:
    """Repeats `step` until a stop is requested. What `step` raises ends it."""
    while not stop.requested:
        step()
