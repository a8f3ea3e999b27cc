"""How far bronze is behind Kafka, partition by partition; and so whether Kafka answers at all."""

from __future__ import annotations

from collections.abc import Mapping

from tidelake.streams.errors import UnknownTopic
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition

from bronze_writer.outbound.metrics import WriterMetrics


def observe_lag(tokens: Mapping[TopicPartition, int], topics: Topics, metrics: WriterMetrics) -> None:
    """Last stable offset minus token, from Kafka itself and not from what a consumer remembers.

    Raises BrokerUnavailable.
    """
    there = topics.topic_ids({at.topic for at in tokens})
    partitions = [at for at in tokens if at.topic in there]
    try:
        ends = topics.last_stable_offsets(partitions)
    except UnknownTopic:
        return  # deleted between the two questions: the loop finds out by itself
    metrics.lags({at: ends[at] - tokens[at] for at in partitions})
