"""Reads a topic from its log start to its last stable offset; shares nothing with the lake's own readers."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, Message, TopicCollection
from confluent_kafka import TopicPartition as Place
from confluent_kafka.admin import (
    AdminClient,
    OffsetSpec,  # pyright: ignore[reportPrivateImportUsage]
)
from tidelake.testkit.road.records import Content, HeaderFields, Position

_PATIENCE_S = 20.0


class KafkaStalled(AssertionError):
    """Kafka holds records that it does not hand out: no count is better than a wrong one."""


@dataclass(frozen=True, slots=True)
class KafkaLog:
    """One incarnation of a topic as a read_committed reader found it."""

    topic_id: str
    starts: Mapping[int, int]  # partition -> first offset kept
    ends: Mapping[int, int]  # partition -> last stable offset
    records: Mapping[Position, Content]


class KafkaReader:
    """Looks at the topics of one broker."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        # Any: its calls return futures without a type.
        self._admin: Any = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2})

    def topic_id(self, topic: str) -> str:
        """Kafka's own id of what bears this name now, as bronze spells it. Raises KafkaException."""
        found = self._describe(topic)
        return str(found.topic_id).replace("+", "-").replace("/", "_").rstrip("=")

    def starts(self, topic: str) -> Mapping[int, int]:
        """First offset kept, by partition."""
        return self._offsets(topic, OffsetSpec.earliest())

    def ends(self, topic: str) -> Mapping[int, int]:
        """Last stable offset, by partition."""
        return self._offsets(topic, OffsetSpec.latest())

    def owners(self, group: str, topic: str) -> Mapping[int, str]:
        """Partition -> client id of the group's member that has it; what nobody owns is left out."""
        described = self._admin.describe_consumer_groups([group])[group].result(_PATIENCE_S)
        return {
            place.partition: str(member.client_id)
            for member in described.members
            for place in (member.assignment.topic_partitions if member.assignment else ())
            if place.topic == topic
        }

    def forget(self, topic: str, partition: int, below: int) -> None:
        """Deletes the records below that offset, as retention does."""
        place = Place(topic, partition, below)
        done = self._admin.delete_records([place])[place].result(_PATIENCE_S)
        assert done.low_watermark == below

    def read(self, topic: str) -> KafkaLog:
        """All committed records between the two. Raises KafkaStalled."""
        topic_id, starts, ends = self.topic_id(topic), self.starts(topic), self.ends(topic)
        records: dict[Position, Content] = {}
        for partition, first in starts.items():
            for message in self._messages(topic, partition, first, ends[partition]):
                records[Position(topic_id, partition, cast("int", message.offset()))] = content_of(message)
        return KafkaLog(topic_id, starts, ends, records)

    def _messages(self, topic: str, partition: int, first: int, end: int) -> list[Message]:
        found: list[Message] = []
        consumer = Consumer(
            {
                "bootstrap.servers": self._bootstrap,
                "group.id": f"checker-{uuid.uuid4()}",
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "receive.message.max.bytes": 200_000_000,
            }
        )
        try:
            consumer.assign([Place(topic, partition, first)])
            reached, patience_ends = first, time.monotonic() + _PATIENCE_S
            while reached < end:
                # It returns when it has that many, or at its timeout: never a long one.
                batch = consumer.consume(2000, 0.05)
                if batch:
                    patience_ends = time.monotonic() + _PATIENCE_S
                elif time.monotonic() > patience_ends:
                    raise KafkaStalled(f"{topic}/{partition} gave nothing at {reached} of {end}")
                for message in batch:
                    offset = cast("int", message.offset())
                    error = message.error()
                    if error is None:
                        found.append(message)
                        reached = offset + 1
                    elif error.code() == KafkaError._PARTITION_EOF:  # pyright: ignore[reportPrivateUsage]
                        reached = max(reached, offset)
                    else:
                        raise KafkaException(error)
        finally:
            consumer.close()
        return [message for message in found if cast("int", message.offset()) < end]

    def _offsets(self, topic: str, spec: Any) -> Mapping[int, int]:
        places = {Place(topic, one.id): spec for one in self._describe(topic).partitions}
        asked = self._admin.list_offsets(places, isolation_level=IsolationLevel.READ_COMMITTED)
        return {place.partition: future.result(_PATIENCE_S).offset for place, future in asked.items()}

    def _describe(self, topic: str) -> Any:
        return self._admin.describe_topics(TopicCollection([topic]))[topic].result(_PATIENCE_S)


def content_of(message: Message) -> Content:
    """The message's bytes. Headers are None where the client can't tell a name."""
    timestamp = message.timestamp()
    return Content(message.key(), message.value(), _headers(message), timestamp[1])


def _headers(message: Message) -> HeaderFields | None:
    try:
        found: Any = message.headers()
    except SystemError:  # how the client fails on a name that is not UTF-8
        return None
    return tuple((name, value) for name, value in found or ())
