"""The producer on the broker in memory."""

from collections import deque
from collections.abc import Sequence
from datetime import timedelta

import structlog
from confluent_kafka import murmur2
from tidelake.streams.errors import ProducerFailed, QueueFull, UnknownTopic
from tidelake.streams.limits import message_max_bytes
from tidelake.streams.memory.broker import MemoryBroker
from tidelake.streams.producer import Delivered, Delivery, Failed, OnDone, OutRecord
from tidelake.streams.values import TopicPartition

log = structlog.get_logger()


class MemoryProducer:
    """Delivers inside `send`, unless it is held or the broker is away: then at `release` or `flush`."""

    def __init__(
        self, broker: MemoryBroker, max_record_bytes: int = 1024 * 1024, max_waiting_records: int = 100_000
    ) -> None:
        self._broker = broker
        self._max_bytes = message_max_bytes(max_record_bytes)
        self._max_waiting = max_waiting_records
        self._waiting: deque[tuple[Sequence[OutRecord], OnDone]] = deque()
        self._held = False
        self._closed = False
        self._without_key = 0
        self._planned: deque[tuple[Failed, bool]] = deque()

    def hold(self) -> None:
        """From now on nothing is delivered until `release`."""
        self._held = True

    def release(self) -> None:
        """Delivers what waits, oldest first."""
        self._held = False
        self._deliver()

    def fail_next(self, outcome: Failed, kept: bool = False) -> None:
        """The next record that is delivered (then the next, for each call) fails so; `kept`: Kafka has it."""
        self._planned.append((outcome, kept))

    def send(self, records: Sequence[OutRecord], on_done: OnDone) -> None:
        if self._closed:
            raise ProducerFailed("it was closed")
        waiting = sum(len(batch) for batch, _ in self._waiting)
        if waiting + len(records) > self._max_waiting:
            raise QueueFull(len(records), sum(map(_size, records)), waiting, 0)
        self._waiting.append((records, on_done))
        self._deliver()

    def flush(self, timeout: timedelta) -> int:  # noqa: ARG002
        self._deliver()
        return sum(len(batch) for batch, _ in self._waiting)

    def close(self) -> None:
        self._closed = True
        while self._waiting:
            records, on_done = self._waiting.popleft()
            on_done([Failed("the producer was closed", maybe_kept=True) for _ in records])

    def _deliver(self) -> None:
        while self._waiting and not self._held and self._broker.available:
            records, on_done = self._waiting.popleft()
            outcomes = [self._outcome(record) for record in records]
            try:
                on_done(outcomes)
            except Exception:
                log.exception("delivery_callback_failed", records=len(outcomes))

    def _outcome(self, record: OutRecord) -> Delivery:
        if self._planned:
            failed, kept = self._planned.popleft()
            if kept:
                self._append(record)
            return failed
        if _size(record) > self._max_bytes:
            return Failed(f"the record is larger than {self._max_bytes} bytes", maybe_kept=False)
        try:
            return self._append(record)
        except UnknownTopic as error:
            return Failed(str(error), maybe_kept=False)

    def _append(self, record: OutRecord) -> Delivered:
        partition = self._partition(record)
        headers = [(name.encode(), value) for name, value in record.headers]
        offset = self._broker.append(
            TopicPartition(record.topic, partition), record.value, record.key, headers
        )
        return Delivered(partition, offset)

    def _partition(self, record: OutRecord) -> int:
        if record.partition is not None:
            return record.partition
        count = len(self._broker.stored(record.topic).logs)
        if record.key is None:
            self._without_key += 1
            return self._without_key % count
        return murmur2(record.key, count)


def _size(record: OutRecord) -> int:
    headers = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.value or b"") + len(record.key or b"") + headers
