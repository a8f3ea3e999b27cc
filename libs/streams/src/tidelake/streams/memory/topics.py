"""The admin on the broker in memory."""

from collections.abc import Collection, Mapping

from tidelake.streams.errors import BrokerUnavailable, FewerPartitions
from tidelake.streams.memory.broker import MemoryBroker
from tidelake.streams.topics import TopicSpec
from tidelake.streams.values import TopicPartition


class MemoryTopics:
    """Admin calls that are answered at once, or refused while the broker is away."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker_given = broker

    def topic_id(self, topic: str) -> str:
        return self._broker.stored(topic).topic_id

    def topic_ids(self, topics: Collection[str]) -> Mapping[str, str]:
        known = self._broker.topic_names()
        return {topic: self._broker.stored(topic).topic_id for topic in sorted(topics) if topic in known}

    def partitions(self, topic: str) -> int:
        return len(self._broker.stored(topic).logs)

    def log_starts(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {partition: self._broker.log(partition).start for partition in partitions}

    def last_stable_offsets(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {partition: self._broker.log(partition).last_stable_offset for partition in partitions}

    def ensure(self, spec: TopicSpec) -> bool:
        broker = self._broker
        if spec.name not in broker.topic_names():
            broker.create_topic(spec.name, spec.partitions, spec.config)
            return True
        topic = broker.stored(spec.name)
        has = len(topic.logs)
        if has > spec.partitions:
            raise FewerPartitions(spec.name, has, spec.partitions)
        differing = {name: value for name, value in spec.config.items() if topic.config.get(name) != value}
        topic.config.update(differing)
        if has < spec.partitions:
            broker.add_partitions(spec.name, spec.partitions)
        return bool(differing) or has < spec.partitions

    def delete(self, topic: str) -> None:
        if topic in self._broker.topic_names():
            self._broker.delete_topic(topic)

    @property
    def _broker(self) -> MemoryBroker:
        if not self._broker_given.available:
            raise BrokerUnavailable("asking the broker in memory", "the test switched it off")
        return self._broker_given
