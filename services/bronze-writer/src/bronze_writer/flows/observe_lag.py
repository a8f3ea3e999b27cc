"""How far bronze is behind Kafka, partition by partition; and so whether Kafka and every topic are there."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tidelake.streams.errors import UnknownTopic
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition

from bronze_writer.outbound.metrics import WriterMetrics


def observe_lag(
    followed: Collection[str], tokens: Mapping[TopicPartition, int], topics: Topics, metrics: WriterMetrics
) -> None:
    """Last stable offset minus token, from Kafka itself and not from what a consumer remembers.

    Raises BrokerUnavailable; UnknownTopic for a topic in `followed` that is not there: the group takes its
    partitions away without a word, and nobody would miss them.
    """
    there = topics.topic_ids(followed)
    partitions = [at for at in tokens if at.topic in there]
    try:
        ends = topics.last_stable_offsets(partitions)
    except UnknownTopic:
        return  # deleted between the two questions: the loop finds out by itself
    metrics.lags({at: ends[at] - tokens[at] for at in partitions})
    if missing := sorted(set(followed) - there.keys()):
        raise UnknownTopic(missing[0])
