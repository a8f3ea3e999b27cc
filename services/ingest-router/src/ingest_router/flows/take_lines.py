"""Takes what the worker hands out: prove that nothing was skipped, route, say what may be committed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Protocol

import structlog
from tidelake.contracts.names import LOGS_INBOUND
from tidelake.runtime.clock import Clock
from tidelake.runtime.errors import LakeError, Terminal
from tidelake.streams.gaps import GapProver
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition

from ingest_router.core.log_progress import Progress
from ingest_router.core.log_routing import Line
from ingest_router.flows.inbound_log import InboundLog
from ingest_router.flows.route_lines import LineRouter
from ingest_router.log_metrics import LineMetrics

log = structlog.get_logger()


class LinesSkipped(LakeError, Terminal):
    """The consumer handed out a line, and not the ones before it."""

    def __init__(self, partition: TopicPartition, reason: str) -> None:
        self.partition = partition
        super().__init__(
            f"Lines of {partition} were skipped: {reason}. Nothing behind them was committed. The process "
            "ends, so that they are read again when it starts."
        )


class Gaps:
    """Offsets at which the worker was brought no line."""

    def __init__(self, topics: Topics, prover: GapProver, metrics: LineMetrics) -> None:
        self._topics = topics
        self._prover = prover
        self._metrics = metrics
        self._one_at_a_time = asyncio.Lock()  # the prover is for one thread

    async def prove(self, gaps: Mapping[int, Sequence[range]]) -> Mapping[int, str]:
        """Partitions with a gap that holds a line, or may, each with the reason.

        What Kafka deleted by retention is told as lost, loudly, and passed. Raises BrokerUnavailable.
        """
        open_gaps = {
            TopicPartition(LOGS_INBOUND.name, at): [gap for gap in ranges if gap]
            for at, ranges in gaps.items()
            if any(ranges)
        }
        if not open_gaps:
            return {}
        async with self._one_at_a_time:
            starts = await asyncio.to_thread(self._topics.log_starts, open_gaps.keys())
            kept = {at: self._kept(at, ranges, starts[at]) for at, ranges in open_gaps.items()}
            unproved = await asyncio.to_thread(self._prover.unproved, kept)
        return {at.partition: reason for at, reason in unproved.items()}

    def _kept(self, at: TopicPartition, gaps: Sequence[range], log_start: int) -> Sequence[range]:
        for gap in gaps:
            if lost := range(gap.start, min(gap.stop, log_start)):
                self._metrics.lost(at.partition, lost)
                log.error(
                    "lines_lost",
                    partition=str(at),
                    first=lost.start,
                    end=lost.stop,
                    message="Kafka deleted them by retention before they were routed.",
                )
        return [kept for gap in gaps if (kept := range(max(gap.start, log_start), gap.stop))]


class Assignments(Protocol):
    """What the worker has of the inbound topic; see inbound.log_worker."""

    @property
    def generation(self) -> int: ...
    @property
    def rebalancing(self) -> bool: ...
    def committed(self) -> Mapping[int, int | None]: ...


class LineIntake:
    """The one flow of the log-router. For one event loop."""

    def __init__(
        self,
        router: LineRouter,
        progress: Progress,
        gaps: Gaps,
        inbound: InboundLog,
        worker: Assignments,
        clock: Clock,
    ) -> None:
        self._router = router
        self._progress = progress
        self._gaps = gaps
        self._inbound = inbound
        self._worker = worker
        self._clock = clock

    async def take(self, lines: Sequence[Line], generation: int) -> Mapping[int, int]:
        """See LineHandler.take. Raises LinesSkipped, InboundRemade, ProducerFailed, BrokerUnavailable,
        AdminRefused."""
        await self._inbound.check()
        by_partition: dict[int, list[Line]] = {}
        for line in lines:
            by_partition.setdefault(line.partition, []).append(line)
        begins = await self._begins({at: ours[0].offset for at, ours in by_partition.items()}, generation)
        if self._worker.rebalancing or generation != self._worker.generation:
            # Where the partitions begin was perhaps not known any more, so nothing is proved by it.
            log.info("lines_left", lines=len(lines), message="Who gets their partitions reads them again.")
            return {}
        gaps: dict[int, list[range]] = {}
        for at, ours in by_partition.items():
            before = self._progress.gap(at, generation, begins[at], ours[0].offset, self._clock.monotonic())
            gaps[at] = [before, *_between(ours)]
        for at, reason in (await self._gaps.prove(gaps)).items():
            raise LinesSkipped(TopicPartition(LOGS_INBOUND.name, at), reason)
        await self._router.route(lines)
        commits: dict[int, int] = {}
        for at, ours in by_partition.items():
            end = self._progress.done(at, generation, ours[-1].offset + 1, self._clock.monotonic())
            if end is not None:
                commits[at] = end
        return commits

    async def _begins(self, firsts: Mapping[int, int], generation: int) -> Mapping[int, int | None]:
        """Where each partition is to be read from: where the group had committed, else from the log's start
        on: Faust drops what was fetched during a rebalance, and where nothing was committed it does not seek
        back to it."""
        committed = self._worker.committed()
        begins = {at: committed.get(at) for at in firsts}
        fresh = [
            at for at, first in firsts.items() if self._progress.from_start(at, generation, begins[at], first)
        ]
        if fresh:
            starts = await self._inbound.starts(fresh)
            begins |= {at: min(starts[at], firsts[at]) for at in fresh}
        return begins


def _between(lines: Sequence[Line]) -> Sequence[range]:
    return [
        range(line.offset + 1, behind.offset)
        for line, behind in pairwise(lines)
        if behind.offset > line.offset + 1
    ]
