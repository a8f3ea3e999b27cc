"""How far log-router is, by what its group has committed in Kafka."""

from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka.admin import AdminClient
from tidelake.contracts.names import LOGS_INBOUND
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition

from .catch_up import Reach

GROUP = "log-router"
_PATIENCE_S = 10.0


def reach_of_logs(bootstrap: str, topics: Topics) -> Reach:
    """Committed offsets against the ends of the inbound topic. Raises KafkaException, BrokerUnavailable."""
    name = LOGS_INBOUND.name
    partitions = [TopicPartition(name, number) for number in range(topics.partitions(name))]
    starts, ends = topics.log_starts(partitions), topics.last_stable_offsets(partitions)
    admin: Any = AdminClient({"bootstrap.servers": bootstrap})  # its types leave the answer open
    asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(GROUP)])
    answer = asked[GROUP].result(_PATIENCE_S)
    committed = {TopicPartition(one.topic, one.partition): one.offset for one in answer.topic_partitions}
    total = sum(ends[at] - starts[at] for at in partitions)
    return Reach(sum(max(0, committed.get(at, 0) - starts[at]) for at in partitions), total)
