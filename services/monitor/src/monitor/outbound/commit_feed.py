"""Follows the topics on which commits are announced, from the beginning of a window on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

import msgspec
import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from tidelake.runtime.errors import LakeError, Transient
from tidelake.tables.announcement import CommitAnnounced, decode_commit_announced

log = structlog.get_logger()

_AT_ONCE = 5000
_TIMEOUT_S = 10.0


class FeedBroken(LakeError, Transient):
    """Kafka gives no announcements."""

    def __init__(self, topics: Sequence[str], reason: str) -> None:
        super().__init__(
            f"The announcements on {', '.join(topics)} can't be read: {reason}. Rates are missing until they "
            "can be; nothing else rests on them. Look at the broker (./lake status); it is tried again."
        )


class CommitFeed:
    """Announcements as they come. Has no group: each process reads all of them. For one thread."""

    def __init__(self, bootstrap: str, topics: Sequence[str], window: timedelta) -> None:
        self._bootstrap = bootstrap
        self._topics = topics
        self._window = window
        self._consumer: Consumer | None = None

    def read(self, now: datetime, wait: timedelta) -> Sequence[CommitAnnounced]:
        """What came since the last call; at first, what came since the window began. What Kafka gave before
        it failed may come again. Raises FeedBroken."""
        try:
            consumer = self._opened(now)
            messages = consumer.consume(_AT_ONCE, wait.total_seconds())
            for message in messages:
                if (problem := message.error()) is not None:
                    raise KafkaException(problem)
        except KafkaException as failed:
            self.close()
            error = cast("KafkaError", failed.args[0])
            raise FeedBroken(self._topics, error.str()) from failed
        commits: list[CommitAnnounced] = []
        for message in messages:
            try:
                commits.append(decode_commit_announced(message.value() or b""))
            except msgspec.DecodeError as unreadable:
                log.warning(
                    "announcement_unreadable",
                    topic=message.topic(),
                    offset=message.offset(),
                    reason=str(unreadable),
                )
        return commits

    def close(self) -> None:
        """Ends it; the next call of read opens it anew."""
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def _opened(self, now: datetime) -> Consumer:
        if self._consumer is not None:
            return self._consumer
        consumer = self._consumer = Consumer(
            {
                "bootstrap.servers": self._bootstrap,
                "group.id": f"lake-monitor-{uuid.uuid4()}",
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                "isolation.level": "read_committed",
            }
        )
        since = round((now - self._window).timestamp() * 1000)
        asked: list[TopicPartition] = []
        for topic in self._topics:
            described = consumer.list_topics(topic, timeout=_TIMEOUT_S).topics[topic]
            if described.error is not None:
                raise KafkaException(described.error)
            asked += [TopicPartition(topic, number, since) for number in described.partitions]
        begun = consumer.offsets_for_times(asked, timeout=_TIMEOUT_S)
        consumer.assign([TopicPartition(at.topic, at.partition, at.offset) for at in begun])
        return consumer
