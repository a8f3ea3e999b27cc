"""Asks Kafka how far a consumer group is, without joining it, and where logs end for every reader."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Self, cast

from confluent_kafka import Consumer, KafkaException, TopicPartition
from tidelake.streams.errors import BrokerUnavailable
from tidelake.streams.values import TopicPartition as Place

WITHIN = timedelta(seconds=10)


class GroupReader:
    """Reads a group's commits. For one thread. To be closed, or used in a `with`."""

    def __init__(self, bootstrap: str, group: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": group,
                "enable.auto.commit": False,
                "isolation.level": "read_uncommitted",
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def committed(self, partitions: Collection[Place]) -> Mapping[Place, int | None]:
        """The group's next offset of each; None where it has committed none. Raises BrokerUnavailable."""
        asked = [TopicPartition(at.topic, at.partition) for at in partitions]
        try:
            found = self._consumer.committed(asked, WITHIN.total_seconds())
        except KafkaException as error:
            raise BrokerUnavailable("asking for a group's commits", str(error)) from error
        offsets = {Place(one.topic, one.partition): one.offset for one in found}
        return {at: offsets[at] if offsets[at] >= 0 else None for at in partitions}

    def ends(self, partitions: Collection[Place]) -> Mapping[Place, int]:
        """Behind the last record of each, also of open transactions: what Kafka has acknowledged lies before
        it. Raises BrokerUnavailable."""
        return {at: self._end(at) for at in partitions}

    def close(self) -> None:
        self._consumer.close()

    def _end(self, at: Place) -> int:
        try:
            asked = self._consumer.get_watermark_offsets(
                TopicPartition(at.topic, at.partition), WITHIN.total_seconds()
            )
        except KafkaException as error:
            raise BrokerUnavailable("asking for log ends", str(error)) from error
        found = cast("tuple[int, int] | None", asked)  # as its documentation says
        if found is None:
            raise BrokerUnavailable("asking for log ends", f"no answer within {WITHIN.total_seconds():g} s")
        return found[1]
