"""Batches from the event loop to Kafka and back, and whether Kafka keeps up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog
from tidelake.runtime.clock import Clock
from tidelake.streams.errors import ProducerFailed, QueueFull
from tidelake.streams.producer import Delivered, Delivery, Failed, OutRecord, Producer

from ingest_router.core.pressure import AckPressure

log = structlog.get_logger()


class KafkaSender:
    """Sends batches through a producer whose answers come on another thread. For one event loop."""

    def __init__(
        self, producer: Producer, clock: Clock, slow_after: timedelta, give_up_after: timedelta
    ) -> None:
        self._producer = producer
        self._clock = clock
        self._give_up_s = give_up_after.total_seconds()
        self._pressure = AckPressure(slow_after.total_seconds())
        self._waiting: dict[int, tuple[asyncio.Future[Sequence[Delivery]], int]] = {}
        self.failed = asyncio.Event()
        """Set when the producer takes nothing any more: the process must start again."""

    def slow(self) -> bool:
        """The oldest batch waits longer for Kafka than senders should."""
        return self._pressure.slow(self._clock.monotonic())

    async def send(self, records: Sequence[OutRecord]) -> Sequence[Delivery]:
        """One outcome per record, in order. If Kafka's answer does not come in time, each may be kept.

        Raises QueueFull (nothing was taken), ProducerFailed.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[Delivery]] = loop.create_future()
        number = self._pressure.sent(self._clock.monotonic())

        def on_loop(deliveries: Sequence[Delivery]) -> None:
            self._pressure.answered(number)
            if answer.done():
                _log_late(deliveries)
            else:
                answer.set_result(deliveries)

        def on_done(deliveries: Sequence[Delivery]) -> None:
            try:
                loop.call_soon_threadsafe(on_loop, deliveries)
            except RuntimeError:  # the loop has ended, and with it whoever waited
                _log_late(deliveries)

        try:
            self._producer.send(records, on_done)
        except (QueueFull, ProducerFailed) as error:
            self._pressure.answered(number)
            if isinstance(error, ProducerFailed):
                self.failed.set()
            raise
        self._waiting[number] = answer, len(records)
        try:
            async with asyncio.timeout(self._give_up_s):
                return await answer
        except TimeoutError:
            return _unanswered(len(records))
        finally:
            del self._waiting[number]

    def give_up(self) -> None:
        """Waits no longer for what was sent so far: who waits is told that it may be kept."""
        for answer, records in self._waiting.values():
            if not answer.done():
                answer.set_result(_unanswered(records))


def _unanswered(records: int) -> Sequence[Delivery]:
    return [Failed("Kafka's answer did not come in time", maybe_kept=True)] * records


def _log_late(deliveries: Sequence[Delivery]) -> None:
    kept = sum(isinstance(delivery, Delivered) for delivery in deliveries)
    log.warning("kafka_answered_late", records=len(deliveries), kept=kept)
