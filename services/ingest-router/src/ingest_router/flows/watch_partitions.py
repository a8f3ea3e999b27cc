"""Looks at the partitions again and again: how far behind they are, and whether they move at all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

import structlog
from tidelake.contracts.names import LOGS_INBOUND
from tidelake.runtime.clock import Clock
from tidelake.runtime.errors import LakeError, Terminal
from tidelake.runtime.health import Health
from tidelake.streams.errors import BrokerUnavailable, UnknownTopic
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition

from ingest_router.core.log_progress import Progress, Standing
from ingest_router.flows.inbound_log import InboundLog
from ingest_router.flows.route_lines import LineRouter
from ingest_router.flows.take_lines import Assignments, Gaps

log = structlog.get_logger()


class Worker(Assignments, Protocol):
    """The member of the group; see inbound.log_worker."""

    def crash(self) -> LakeError | None: ...
    async def commit(self, offsets: Mapping[int, int]) -> None: ...


class PartitionStalled(LakeError, Terminal):
    """Lines wait in a partition of this worker's, and nothing moves."""

    def __init__(self, standing: Standing, why: str | None) -> None:
        self.standing = standing
        waiting = standing.waiting
        cause = f"Kafka did not take what was sent last: {why}" if why else "no line was handed out"
        super().__init__(
            f"{LOGS_INBOUND.name}/{standing.partition} has stood at offset {waiting.start} for "
            f"{standing.seconds:.0f} s, with {len(waiting)} offsets before its end; {cause}. The process "
            "ends, so that the partition is taken up anew; nothing behind that offset was committed. If it "
            "comes back, look at the line at that offset, and at the topic that it goes to."
        )


class PartitionWatch:
    """Keeps components `kafka`, `partitions` and `sending` of the health up to date. For one event loop."""

    def __init__(
        self,
        worker: Worker,
        progress: Progress,
        gaps: Gaps,
        inbound: InboundLog,
        router: LineRouter,
        topics: Topics,
        health: Health,
        clock: Clock,
        patience: timedelta,
    ) -> None:
        self._worker = worker
        self._progress = progress
        self._gaps = gaps
        self._inbound = inbound
        self._router = router
        self._topics = topics
        self._health = health
        self._clock = clock
        self._patience_s = patience.total_seconds()
        self._waiting: Mapping[int, range] = {}
        health.set("partitions", False, "the worker has not joined its group yet")

    def lags(self) -> Mapping[int, int]:
        """Lines that wait, by partition. Safe from any thread."""
        return {partition: len(offsets) for partition, offsets in self._waiting.items()}

    async def step(self) -> None:
        """Looks once. Raises PartitionStalled, InboundRemade, and what crashed the worker."""
        worker, progress = self._worker, self._progress
        if (crash := worker.crash()) is not None:
            raise crash
        assigned, generation = worker.committed(), worker.generation
        if not worker.rebalancing and generation >= 1:
            progress.assigned(assigned, generation, self._clock.monotonic())
            names = ", ".join(map(str, sorted(assigned)))
            self._health.set("partitions", True, f"has {names}" if names else "others have all partitions")
        self._health.set("sending", self._router.why_waiting is None, self._router.why_waiting or "")
        self._waiting = progress.waiting(await self._logs(list(assigned)))
        for standing in progress.standing(self._waiting, self._patience_s, self._clock.monotonic()):
            await self._settle(standing, generation)

    async def run(self, interval: timedelta) -> None:
        """Looks for ever; cancel it to end it."""
        while True:
            await self.step()
            await asyncio.sleep(interval.total_seconds())

    async def _logs(self, partitions: Sequence[int]) -> Mapping[int, range]:
        """What Kafka has of each now; nothing of those that it does not answer for."""
        asked = [TopicPartition(LOGS_INBOUND.name, partition) for partition in partitions]
        try:
            self._inbound.same(await asyncio.to_thread(self._topics.topic_id, LOGS_INBOUND.name))
            starts = await asyncio.to_thread(self._topics.log_starts, asked)
            ends = await asyncio.to_thread(self._topics.last_stable_offsets, asked)
        except (BrokerUnavailable, UnknownTopic) as error:
            self._health.set("kafka", False, str(error))
            return {}
        self._health.set("kafka", True)
        return {at.partition: range(starts[at], ends[at]) for at in asked}

    async def _settle(self, standing: Standing, generation: int) -> None:
        """Passes what can be proved to hold no line, such as markers of transactions."""
        partition, waiting = standing.partition, standing.waiting
        try:
            unproved = await self._gaps.prove({partition: [waiting]})
        except BrokerUnavailable as error:
            log.warning("standing_not_proved", partition=partition, reason=str(error))
            return
        if unproved:
            raise PartitionStalled(standing, self._router.why_waiting)
        end = self._progress.done(partition, generation, waiting.stop, self._clock.monotonic())
        if end is not None:
            await self._worker.commit({partition: end})
