"""Reads single lines of logs.inbound again, to tell those that are missed from those nobody can tell of."""

import numpy as np
from confluent_kafka import Message
from tidelake.streams.values import TIMESTAMP_NOT_AVAILABLE, TopicPartition

from .kafka_reader import read_messages
from .runs import Offsets


def missed_lines(
    bootstrap: str, at: TopicPartition, first: int, end: int, forgotten_before_ms: int | None
) -> Offsets:
    """Offsets of the lines that Kafka has in [first, end), but for those that may be dead letters which Kafka
    no longer keeps: older than `forgotten_before_ms` (milliseconds since 1970), or without a time. Raises
    ReaderStalled, KafkaException."""
    found: list[int] = []
    for messages in read_messages(bootstrap, at.topic, at.partition, first, end, committed=False):
        found += [message.offset() or 0 for message in messages if _is_missed(message, forgotten_before_ms)]
    return np.array(found, dtype=np.int64)


def _is_missed(line: Message, forgotten_before_ms: int | None) -> bool:
    if forgotten_before_ms is None:
        return True
    kind, timestamp_ms = line.timestamp()
    return kind != TIMESTAMP_NOT_AVAILABLE and timestamp_ms >= forgotten_before_ms
