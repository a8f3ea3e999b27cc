"""A commit of what is still this worker's.

Faust's own ends the consumer where none of the offsets' partitions is the worker's any more, or where the
group is rebalanced in its middle: what happens in every rebalance under load.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiokafka.errors import (  # pyright: ignore[reportMissingTypeStubs]
    CommitFailedError,
    IllegalStateError,
)
from aiokafka.structs import (  # pyright: ignore[reportMissingTypeStubs]
    OffsetAndMetadata,
    TopicPartition,
)


async def commit_owned(consumer: Any, topic: str, offsets: Mapping[int, int]) -> bool:
    """Commits those of the partitions that this AIOKafkaConsumer has; False if that was none, or the group
    was rebalanced meanwhile. To be called in the consumer's loop. Raises KafkaError."""
    places = {TopicPartition(topic, partition): offset for partition, offset in offsets.items()}
    owned = places.keys() & consumer.assignment()
    if not owned:
        return False
    try:
        await consumer.commit({at: OffsetAndMetadata(places[at], "") for at in owned})
    except (CommitFailedError, IllegalStateError):
        return False
    return True
