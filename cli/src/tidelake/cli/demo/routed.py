"""How far log-router is, by what its group has committed in Kafka."""

from tidelake.contracts.names import LOG_ROUTER_GROUP, LOGS_INBOUND
from tidelake.ledger.group_reader import GroupReader
from tidelake.streams.topics import Topics

from .catch_up import Reach, reach_in_topic


def reach_of_logs(bootstrap: str, topics: Topics) -> Reach:
    """Committed offsets against the ends of the inbound topic. Raises BrokerUnavailable."""
    with GroupReader(bootstrap, LOG_ROUTER_GROUP) as kafka:
        return reach_in_topic(topics, LOGS_INBOUND.name, kafka.committed)
