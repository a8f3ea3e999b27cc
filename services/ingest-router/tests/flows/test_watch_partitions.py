"""A partition that stands still ends the worker; what only seems to is passed; Kafka away counts no time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from ingest_router.core.log_progress import Progress
from ingest_router.flows.inbound_log import InboundLog, InboundRemade
from ingest_router.flows.route_lines import LineRouter
from ingest_router.flows.take_lines import Gaps
from ingest_router.flows.watch_partitions import PartitionStalled, PartitionWatch
from ingest_router.inbound.log_worker import WorkerFailed
from ingest_router.log_metrics import LineMetrics
from opentelemetry.metrics import NoOpMeter
from tidelake.contracts.names import LOGS_INBOUND
from tidelake.runtime.health import Health
from tidelake.streams.memory.broker import MemoryBroker
from tidelake.streams.memory.producer import MemoryProducer
from tidelake.streams.memory.topics import MemoryTopics
from tidelake.streams.producer import OutRecord
from tidelake.streams.values import TopicPartition
from tidelake.testkit.clock import FakeClock


class Worker:
    def __init__(self) -> None:
        self.generation = 1
        self.rebalancing = False
        self.failure: WorkerFailed | None = None
        self.commits: list[Mapping[int, int]] = []

    def crash(self) -> WorkerFailed | None:
        return self.failure

    def committed(self) -> Mapping[int, int | None]:
        return {0: 0}

    async def commit(self, offsets: Mapping[int, int]) -> None:
        self.commits.append(offsets)


class Prover:
    """Says of every gap that a line is in it, unless told that all are empty."""

    empty = False

    def unproved(self, gaps: Mapping[TopicPartition, Sequence[range]]) -> Mapping[TopicPartition, str]:
        return {} if self.empty else dict.fromkeys(gaps, "a record stands there")


class Lab:
    """A worker that has partition 0, with two lines in it that nobody routes."""

    def __init__(self) -> None:
        self.broker, self.clock, self.worker, self.prover = MemoryBroker(), FakeClock(), Worker(), Prover()
        self.health, self.progress = Health(), Progress()
        self.broker.create_topic(LOGS_INBOUND.name, 1)
        MemoryProducer(self.broker).send(
            [OutRecord(LOGS_INBOUND.name, b"line", partition=0)] * 2, lambda _: None
        )
        topics, metrics = MemoryTopics(self.broker), LineMetrics(NoOpMeter("test"))
        router = LineRouter(lambda: None, None, 1, timedelta(0), metrics)  # type: ignore[arg-type, return-value]
        gaps = Gaps(topics, self.prover, metrics)
        inbound = InboundLog(topics, topics.topic_id(LOGS_INBOUND.name), timedelta(0))
        self.watch = PartitionWatch(
            *(self.worker, self.progress, gaps, inbound, router, topics, self.health, self.clock),
            timedelta(seconds=60),
        )

    async def after(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        await self.watch.step()


async def test_lines_that_wait_too_long_end_the_worker_with_partition_and_offset() -> None:
    lab = Lab()
    await lab.watch.step()
    assert lab.watch.lags() == {0: 2}
    assert lab.health.ready()
    await lab.after(59)
    with pytest.raises(
        PartitionStalled, match=r"logs.inbound/0 has stood at offset 0 for 61 s, with 2 offsets"
    ):
        await lab.after(2)


async def test_a_partition_that_moves_is_left_alone() -> None:
    lab = Lab()
    await lab.watch.step()
    await lab.after(59)
    lab.progress.done(0, 1, 1, lab.clock.monotonic())
    await lab.after(59)
    assert lab.watch.lags() == {0: 1}


async def test_what_holds_no_line_is_passed_and_committed() -> None:
    lab = Lab()
    lab.prover.empty = True
    await lab.watch.step()
    await lab.after(61)
    assert lab.worker.commits == [{0: 2}]
    await lab.after(1)
    assert lab.watch.lags() == {0: 0}


async def test_no_time_counts_while_kafka_does_not_answer() -> None:
    lab = Lab()
    await lab.watch.step()
    lab.broker.available = False
    await lab.after(100)
    assert not lab.health.ready()
    lab.broker.available = True
    await lab.after(1)
    assert lab.health.ready()


async def test_a_topic_that_was_made_anew_ends_the_worker_before_anything_more_is_committed() -> None:
    lab = Lab()
    lab.prover.empty = True
    await lab.watch.step()
    lab.broker.recreate_topic(LOGS_INBOUND.name)
    with pytest.raises(InboundRemade):
        await lab.after(61)
    assert lab.worker.commits == []


async def test_a_worker_that_crashed_is_told() -> None:
    lab = Lab()
    lab.worker.failure = WorkerFailed("its thread ended")
    with pytest.raises(WorkerFailed):
        await lab.watch.step()
