"""The admin's port: what topics there are, where their logs begin and end."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tidelake.streams.values import TopicPartition


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as it should be. `config` holds Kafka's own names, such as `cleanup.policy`."""

    name: str
    partitions: int
    replication: int = 1
    config: Mapping[str, str] = field(default_factory=dict[str, str])


class Topics(Protocol):
    """Kafka's admin calls. Each asks Kafka anew and raises BrokerUnavailable when there is no answer."""

    def topic_id(self, topic: str) -> str:
        """Kafka's own id of the topic that has this name now: URL-safe base64, no padding. A topic made anew
        has another one. Raises UnknownTopic."""
        ...

    def topic_ids(self, topics: Collection[str]) -> Mapping[str, str]:
        """The ids of several, in one call; a topic that does not exist is not in the answer."""
        ...

    def partitions(self, topic: str) -> int:
        """How many partitions it has. Raises UnknownTopic."""
        ...

    def log_starts(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The first offset that can still be read, of each. Raises UnknownTopic."""
        ...

    def last_stable_offsets(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The end of what a read_committed consumer can reach, of each. Raises UnknownTopic."""
        ...

    def ensure(self, spec: TopicSpec) -> bool:
        """Makes the topic, or adds partitions and sets `config` where they differ; True if it changed
        anything.
        Raises FewerPartitions. Replication of an existing topic is left as it is."""
        ...

    def delete(self, topic: str) -> None:
        """Deletes the topic and all that is in it, if it exists; returns when it is gone."""
        ...
