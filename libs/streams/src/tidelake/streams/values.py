"""What travels: partitions, messages, headers."""

from dataclasses import dataclass
from typing import Protocol

Headers = list[tuple[str, bytes | None]]
"""In the order of the record, names may repeat, a value may be null."""


@dataclass(frozen=True, slots=True, order=True)
class TopicPartition:
    """One log of a topic, by the topic's name. The name can come to mean another topic: see
    Topics.topic_id."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}"


class Message(Protocol):
    """One record as consumed: the methods of confluent_kafka.Message, so that the hot path copies nothing.

    Headers are read with `headers_of`: the client's own method fails on a name that is not UTF-8.
    """

    def topic(self) -> str: ...
    def partition(self) -> int: ...
    def offset(self) -> int: ...
    def key(self) -> bytes | None: ...
    def value(self) -> bytes | None: ...

    def timestamp(self) -> tuple[int, int]:
        """(type, milliseconds since 1970): type 0 not available, 1 create time, 2 log append time."""
        ...


TIMESTAMP_NOT_AVAILABLE = 0
TIMESTAMP_CREATE_TIME = 1
TIMESTAMP_LOG_APPEND_TIME = 2
