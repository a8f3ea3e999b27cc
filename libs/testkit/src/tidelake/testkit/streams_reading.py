"""How the streams suites read and write: a reader that keeps all it is told, and waits that end."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from tidelake.streams.consumer import Consumer, Polled
from tidelake.streams.producer import Delivery, OutRecord
from tidelake.streams.values import Message, TopicPartition
from tidelake.testkit.streams_labs import StreamsLab


@dataclass
class Reader:
    """A consumer with a listener that keeps what it is told, and all that was polled."""

    lab: StreamsLab
    group: str
    topics: Collection[str]
    starts: Mapping[TopicPartition, int | None] = field(default_factory=dict[TopicPartition, int | None])
    on_assigned: Callable[[], None] = lambda: None
    told: list[tuple[str, frozenset[TopicPartition]]] = field(
        default_factory=list[tuple[str, frozenset[TopicPartition]]]
    )
    owned: set[TopicPartition] = field(default_factory=set[TopicPartition])
    polls: list[Polled] = field(default_factory=list[Polled])

    def __post_init__(self) -> None:
        self.consumer: Consumer = self.lab.consumer(self.group)
        self.consumer.subscribe(self.topics, self)

    def assigned(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        self.told.append(("assigned", frozenset(partitions)))
        self.on_assigned()
        self.owned |= set(partitions)
        return {partition: self.starts.get(partition, 0) for partition in partitions}

    def revoked(self, partitions: Collection[TopicPartition]) -> None:
        self.told.append(("revoked", frozenset(partitions)))
        self.owned -= set(partitions)

    def lost(self, partitions: Collection[TopicPartition]) -> None:
        self.told.append(("lost", frozenset(partitions)))
        self.owned -= set(partitions)

    def poll(self) -> Polled:
        polled = self.consumer.consume(1000, self.lab.poll)
        self.polls.append(polled)
        return polled

    @property
    def messages(self) -> list[Message]:
        return [message for polled in self.polls for message in polled.messages]

    @property
    def values(self) -> list[bytes | None]:
        return [message.value() for message in self.messages]

    @property
    def ends(self) -> dict[TopicPartition, int]:
        """The last end that was told of each."""
        return {tp: end for polled in self.polls for tp, end in polled.ends.items()}

    @property
    def out_of_range(self) -> list[TopicPartition]:
        return [partition for polled in self.polls for partition in polled.out_of_range]


def attempts(lab: StreamsLab) -> Sequence[int]:
    """As many polls as patience allows; of a platform that never waits, a hundred."""
    return range(round(lab.patience / lab.poll) if lab.poll else 100)


def until(lab: StreamsLab, true: Callable[[], bool], *readers: Reader) -> None:
    for _ in attempts(lab):
        for reader in readers:
            reader.poll()
        if true():
            return
    told = [(reader.told, reader.values[-3:], reader.ends, reader.out_of_range) for reader in readers]
    pytest.fail(f"it did not come true; the readers saw {told}")


def polls(reader: Reader, count: int) -> None:
    for _ in range(count):
        reader.poll()


def end_is(lab: StreamsLab, tp: TopicPartition, offset: int) -> None:
    """Waits for the last stable offset: Kafka writes the markers a little after a transaction has ended."""
    for _ in attempts(lab):
        if lab.topics.last_stable_offsets([tp]) == {tp: offset}:
            return
        threading.Event().wait(lab.poll.total_seconds())
    pytest.fail(f"the last stable offsets are {lab.topics.last_stable_offsets([tp])}, not {offset}")


def read_to_end(lab: StreamsLab, tp: TopicPartition) -> Reader:
    reader = Reader(lab, lab.new_name(), [tp.topic])
    until(lab, lambda: tp in reader.ends, reader)
    return reader


def write(lab: StreamsLab, tp: TopicPartition, count: int) -> None:
    send(lab, [OutRecord(tp.topic, str(i).encode(), partition=tp.partition) for i in range(count)])


def send(lab: StreamsLab, records: Sequence[OutRecord]) -> list[Delivery]:
    producer = lab.producer()
    answers: list[list[Delivery]] = []
    answered = threading.Event()

    def keep(outcomes: Sequence[Delivery]) -> None:
        answers.append(list(outcomes))
        answered.set()

    producer.send(records, keep)
    assert producer.flush(lab.patience) == 0
    assert answered.wait(lab.patience.total_seconds())
    producer.close()
    assert len(answers) == 1
    return answers[0]
