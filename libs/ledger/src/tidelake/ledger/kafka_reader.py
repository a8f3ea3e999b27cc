"""Reads a topic with a reader of its own: no consumer group, no offsets kept, from log start to the end."""

import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import numpy as np
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from numpy.typing import NDArray
from tidelake.runtime.errors import LakeError, Transient
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition as Place

BATCH = 5000
STALL = timedelta(seconds=30)
WAIT = timedelta(milliseconds=100)
Offsets = NDArray[np.int64]
OnRecords = Callable[[int], None]


class ReaderStalled(LakeError, Transient):
    """Kafka holds records that it doesn't hand out."""

    def __init__(self, topic: str, partition: int, offset: int, end: int) -> None:
        super().__init__(
            f"Kafka gave nothing for {STALL.total_seconds():.0f} s at {topic}/{partition} offset {offset} of "
            f"{end}. The count would be wrong, so there is none. Look at the broker (lake status), ask again."
        )
        self.topic = topic
        self.partition = partition
        self.offset = offset


def read_messages(
    bootstrap: str, topic: str, partition: int, first: int, end: int, *, committed: bool
) -> Iterator[list[Message]]:
    """Batches of all messages in [first, end), in order. `committed`: without aborted or open transactions.

    Raises ReaderStalled when Kafka gives nothing for half a minute before the end is reached.
    """
    if first >= end:
        return
    consumer = _reader(bootstrap, committed=committed)
    try:
        consumer.assign([TopicPartition(topic, partition, first)])
        position, patient_until = first, time.monotonic() + STALL.total_seconds()
        while position < end:
            # It returns with a whole batch or at its timeout, also when the end of the log has come.
            batch = consumer.consume(BATCH, WAIT.total_seconds())
            if batch:
                patient_until = time.monotonic() + STALL.total_seconds()
            elif time.monotonic() > patient_until:
                raise ReaderStalled(topic, partition, position, end)
            messages, position = _take(batch, position)
            yield [message for message in messages if offset_of(message) < end]
    finally:
        consumer.close()


def read_topic(bootstrap: str, topics: Topics, topic: str) -> Iterator[Message]:
    """All committed messages that the topic has now, in order within a partition, one partition after the
    other. Raises UnknownTopic, BrokerUnavailable, ReaderStalled."""
    asked = [Place(topic, number) for number in range(topics.partitions(topic))]
    starts, ends = topics.log_starts(asked), topics.last_stable_offsets(asked)
    for at in asked:
        for messages in read_messages(bootstrap, topic, at.partition, starts[at], ends[at], committed=True):
            yield from messages


def read_offsets(
    bootstrap: str, topic: str, partition: int, first: int, end: int, *, committed: bool, progress: OnRecords
) -> Offsets:
    """Offsets of all records in [first, end), ascending. Raises ReaderStalled."""
    found: list[int] = []
    for messages in read_messages(bootstrap, topic, partition, first, end, committed=committed):
        found.extend(offset_of(message) for message in messages)
        progress(len(messages))
    return np.array(found, dtype=np.int64)


def _reader(bootstrap: str, *, committed: bool) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"lake-audit-{uuid.uuid4()}",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "enable.partition.eof": True,
            "isolation.level": "read_committed" if committed else "read_uncommitted",
            "fetch.queue.backoff.ms": 10,
        }
    )


def _take(batch: list[Message], position: int) -> tuple[list[Message], int]:
    """Split a batch into messages and the position behind it; an EOF's offset lies behind markers."""
    messages: list[Message] = []
    for message in batch:
        error = message.error()
        if error is None:
            messages.append(message)
            position = offset_of(message) + 1
        elif error.code() == KafkaError._PARTITION_EOF:
            position = max(position, offset_of(message))
        else:
            raise KafkaException(error)
    return messages, position


def offset_of(message: Message) -> int:
    """Of a message that was read."""
    offset = message.offset()
    assert offset is not None, "a consumed message has an offset"
    return offset
