"""Topics that must be there, and belong to whoever runs Kafka once they are."""

from collections.abc import Sequence

from tidelake.streams.topics import Topics, TopicSpec


def make_missing(topics: Topics, specs: Sequence[TopicSpec]) -> Sequence[str]:
    """Makes those that Kafka does not have, and returns their names. The others are left as they are,
    however they differ: operators may have changed retention, or added partitions.

    Raises BrokerUnavailable, AdminRefused.
    """
    there = topics.topic_ids([spec.name for spec in specs])
    missing = [spec for spec in specs if spec.name not in there]
    for spec in missing:
        topics.ensure(spec)
    return [spec.name for spec in missing]
