"""The topics that the lake keeps for itself, made as soon as the stack's broker serves."""

from tidelake.contracts.names import INTERNAL_TOPICS
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.streams.topics import TopicSpec


def make_internal_topics(bootstrap_servers: str) -> None:
    """Makes those that are missing; replication 1, as there is one broker."""
    topics = KafkaTopics(bootstrap_servers, "lake-local")
    for plan in INTERNAL_TOPICS:
        topics.ensure(TopicSpec(plan.name, plan.partitions, replication=1, config=plan.config))
