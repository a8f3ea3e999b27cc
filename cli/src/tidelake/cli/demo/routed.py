"""How far log-router is, by what its group has committed in Kafka."""

from tidelake.contracts.names import LOG_ROUTER_GROUP, LOGS_INBOUND
from tidelake.ledger.group_reader import GroupReader
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition

from .catch_up import Reach


def reach_of_logs(bootstrap: str, topics: Topics) -> Reach:
    """Committed offsets against the ends of the inbound topic. Raises KafkaException, BrokerUnavailable."""
    name = LOGS_INBOUND.name
    partitions = [TopicPartition(name, number) for number in range(topics.partitions(name))]
    starts, ends = topics.log_starts(partitions), topics.last_stable_offsets(partitions)
    with GroupReader(bootstrap, LOG_ROUTER_GROUP) as kafka:
        committed = kafka.committed(partitions)
    total = sum(ends[at] - starts[at] for at in partitions)
    return Reach(sum(max(0, (committed[at] or 0) - starts[at]) for at in partitions), total)
