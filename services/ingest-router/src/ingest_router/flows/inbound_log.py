"""What Kafka says of the inbound topic, asked for as long as it takes: nothing is routed without it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import TypeVar

import structlog
from tidelake.contracts.names import LOGS_INBOUND
from tidelake.runtime.errors import Transient
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition

log = structlog.get_logger()
Answer = TypeVar("Answer")


class InboundLog:
    """For one event loop."""

    def __init__(self, topics: Topics, retry_after: timedelta) -> None:
        self._topics = topics
        self._retry_s = retry_after.total_seconds()

    async def starts(self, partitions: Collection[int]) -> Mapping[int, int]:
        """The first offset that Kafka still has, by partition. Raises AdminRefused."""
        asked = [TopicPartition(LOGS_INBOUND.name, partition) for partition in partitions]
        starts = await self._answer(lambda: self._topics.log_starts(asked))
        return {at.partition: start for at, start in starts.items()}

    async def _answer(self, ask: Callable[[], Answer]) -> Answer:
        while True:
            try:
                return await asyncio.to_thread(ask)
            except Transient as error:
                log.warning("lines_wait", reason=str(error))
                await asyncio.sleep(self._retry_s)
