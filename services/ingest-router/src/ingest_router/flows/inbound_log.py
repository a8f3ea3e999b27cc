"""What Kafka says of the inbound topic: where it starts, and whether it is still the same one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import TypeVar

import structlog
from tidelake.contracts.names import LOGS_INBOUND
from tidelake.runtime.errors import LakeError, Terminal, Transient
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition

log = structlog.get_logger()
Answer = TypeVar("Answer")


class InboundRemade(LakeError, Terminal):
    """The topic that this process read from is gone, and another one has its name."""

    def __init__(self, known: str, found: str) -> None:
        self.known = known
        self.found = found
        super().__init__(
            f"The topic {LOGS_INBOUND.name} was made anew: this process began with the one with id {known}, "
            f"and Kafka has {found} now. Lines of the old one that were not routed yet are gone: their "
            "shippers have to write them again. The process ends; started again, it reads the new one from "
            "its start."
        )


class InboundLog:
    """The incarnation of the topic that the process began with. For one event loop.

    Kafka is asked for as long as it takes: nothing is routed without its answer.
    """

    def __init__(self, topics: Topics, topic_id: str, retry_after: timedelta) -> None:
        self._topics = topics
        self._topic_id = topic_id
        self._retry_s = retry_after.total_seconds()

    async def starts(self, partitions: Collection[int]) -> Mapping[int, int]:
        """The first offset that Kafka still has, by partition. Raises AdminRefused."""
        asked = [TopicPartition(LOGS_INBOUND.name, partition) for partition in partitions]
        starts = await self._answer(lambda: self._topics.log_starts(asked))
        return {at.partition: start for at, start in starts.items()}

    async def check(self) -> None:
        """Asks whether lines that were read before are surely of that incarnation. Raises InboundRemade,
        AdminRefused."""
        self.same(await self._answer(lambda: self._topics.topic_id(LOGS_INBOUND.name)))

    def same(self, found: str) -> None:
        """`found`: the id that Kafka has now. Raises InboundRemade."""
        if found != self._topic_id:
            raise InboundRemade(self._topic_id, found)

    async def _answer(self, ask: Callable[[], Answer]) -> Answer:
        while True:
            try:
                return await asyncio.to_thread(ask)
            except Transient as error:
                log.warning("lines_wait", reason=str(error))
                await asyncio.sleep(self._retry_s)
