"""A stream platform as a conformance suite needs it: its ports, and what happens to it from outside."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Protocol

from tidelake.streams.consumer import Consumer
from tidelake.streams.gaps import GapProver
from tidelake.streams.memory import (
    MemoryBroker,
    MemoryConsumer,
    MemoryGapProver,
    MemoryProducer,
    MemoryTopics,
)
from tidelake.streams.producer import Producer
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition

RawHeaders = Iterable[tuple[bytes, bytes | None]]


class LabTransaction(Protocol):
    """One transaction over any partitions; used once."""

    def append(self, partition: TopicPartition, value: bytes | None) -> object: ...
    def commit(self) -> None: ...
    def abort(self) -> None: ...


class StreamsLab(Protocol):
    """A platform under test. `poll`: how long one consume waits; `patience`: when a wait has failed."""

    poll: timedelta
    patience: timedelta

    @property
    def topics(self) -> Topics: ...

    def new_topic(self, partitions: int = 1) -> str:
        """An empty topic with a name that nothing else uses."""
        ...

    def new_name(self) -> str:
        """A name that nothing uses yet."""
        ...

    def consumer(self, group: str) -> Consumer: ...
    def gap_prover(self) -> GapProver: ...
    def producer(self, max_waiting_records: int = 100_000) -> Producer: ...

    def append(
        self,
        partition: TopicPartition,
        value: bytes | None,
        key: bytes | None = None,
        headers: RawHeaders = (),
    ) -> None:
        """Writes one record beside the port, so that also what the port would refuse gets in."""
        ...

    def transaction(self) -> LabTransaction: ...
    def move_log_start(self, partition: TopicPartition, offset: int) -> None: ...
    def recreate(self, topic: str) -> None: ...
    def committed(self, group: str) -> Mapping[TopicPartition, int]: ...

    def expire(self, consumer: Consumer) -> None:
        """The group gives the member up without its knowing."""
        ...

    def close(self) -> None: ...


class MemoryStreamsLab:
    """The twin in memory."""

    poll = timedelta(0)
    patience = timedelta(seconds=1)

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.topics = MemoryTopics(self.broker)
        self._names = 0

    def new_topic(self, partitions: int = 1) -> str:
        name = self.new_name()
        self.broker.create_topic(name, partitions)
        return name

    def new_name(self) -> str:
        self._names += 1
        return f"conformance-{self._names}"

    def consumer(self, group: str) -> MemoryConsumer:
        return MemoryConsumer(self.broker, group)

    def gap_prover(self) -> MemoryGapProver:
        return MemoryGapProver(self.broker)

    def producer(self, max_waiting_records: int = 100_000) -> MemoryProducer:
        return MemoryProducer(self.broker, max_waiting_records=max_waiting_records)

    def append(
        self,
        partition: TopicPartition,
        value: bytes | None,
        key: bytes | None = None,
        headers: RawHeaders = (),
    ) -> None:
        self.broker.append(partition, value, key, headers)

    def transaction(self) -> LabTransaction:
        return self.broker.begin_transaction()

    def move_log_start(self, partition: TopicPartition, offset: int) -> None:
        self.broker.move_log_start(partition, offset)

    def recreate(self, topic: str) -> None:
        self.broker.recreate_topic(topic)

    def committed(self, group: str) -> Mapping[TopicPartition, int]:
        return self.broker.committed(group)

    def expire(self, consumer: Consumer) -> None:
        if not isinstance(consumer, MemoryConsumer):
            raise TypeError(f"{consumer!r} is of another platform")
        consumer.expire()

    def close(self) -> None:
        """Nothing to give back."""
