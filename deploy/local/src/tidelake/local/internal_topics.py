"""The topics that the lake keeps for itself, made as soon as the stack's broker serves."""

from tidelake.contracts.names import INTERNAL_TOPICS
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.streams.missing_topics import make_missing
from tidelake.streams.topics import TopicSpec


def make_internal_topics(bootstrap_servers: str) -> None:
    """Makes those that are missing, and leaves the others alone; replication 1, as there is one broker."""
    specs = [
        TopicSpec(plan.name, plan.partitions, replication=1, config=plan.config) for plan in INTERNAL_TOPICS
    ]
    make_missing(KafkaTopics(bootstrap_servers, "lake-local"), specs)
