"""What is handed out is routed only where nothing is missing before it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

import pytest
from ingest_router.core.log_progress import Progress
from ingest_router.core.log_routing import Line
from ingest_router.flows.inbound_log import InboundLog, InboundRemade
from ingest_router.flows.take_lines import Gaps, LineIntake, LinesSkipped
from ingest_router.log_metrics import LineMetrics
from opentelemetry.metrics import NoOpMeter
from tidelake.contracts.names import LOGS_INBOUND
from tidelake.streams.errors import BrokerUnavailable
from tidelake.streams.memory.broker import MemoryBroker
from tidelake.streams.memory.topics import MemoryTopics
from tidelake.streams.values import TopicPartition
from tidelake.testkit.clock import FakeClock


def line(offset: int, partition: int = 0) -> Line:
    return Line(partition, offset, None, b"line", [], 0)


class Prover:
    """Proves the gaps that hold none of these offsets."""

    def __init__(self, *held: int) -> None:
        self._held = held
        self.asked: list[Sequence[range]] = []

    def unproved(self, gaps: Mapping[TopicPartition, Sequence[range]]) -> Mapping[TopicPartition, str]:
        self.asked += gaps.values()
        return {
            at: "a record stands there"
            for at, ranges in gaps.items()
            if any(offset in gap for gap in ranges for offset in self._held)
        }


class Router:
    def __init__(self) -> None:
        self.routed: list[int] = []

    async def route(self, lines: Sequence[Line]) -> None:
        self.routed += [one.offset for one in lines]


class Worker:
    """In generation 1."""

    def __init__(self, committed: Mapping[int, int | None]) -> None:
        self.generation = 1
        self.rebalancing = False
        self._committed = committed

    def committed(self) -> Mapping[int, int | None]:
        return self._committed


class SlowTopics(MemoryTopics):
    """Says nothing of log starts for the first two times that it is asked; counts how often it is."""

    def __init__(self, broker: MemoryBroker) -> None:
        super().__init__(broker)
        self.asked = 0

    def log_starts(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        self.asked += 1
        if self.asked <= 2:
            raise BrokerUnavailable("asking", "it is slow")
        return super().log_starts(partitions)


def inbound_broker() -> MemoryBroker:
    broker = MemoryBroker()
    broker.create_topic(LOGS_INBOUND.name, LOGS_INBOUND.partitions)
    return broker


def intake(
    prover: Prover, worker: Worker | Mapping[int, int | None], topics: MemoryTopics | None = None
) -> tuple[LineIntake, Router]:
    router, topics = Router(), topics or MemoryTopics(inbound_broker())
    gaps = Gaps(topics, prover, LineMetrics(NoOpMeter("test")))
    worker = worker if isinstance(worker, Worker) else Worker(worker)
    inbound = InboundLog(topics, topics.topic_id(LOGS_INBOUND.name), timedelta(0))
    made = LineIntake(router, Progress(), gaps, inbound, worker, FakeClock())  # type: ignore[arg-type]
    return made, router


async def test_what_was_routed_may_be_committed_by_partition() -> None:
    taking, router = intake(Prover(), {0: 5, 1: 0})
    assert await taking.take([line(5), line(0, 1), line(6)], 1) == {0: 7, 1: 1}
    assert router.routed == [5, 0, 6]


async def test_a_line_that_was_skipped_ends_it_before_anything_behind_is_routed() -> None:
    taking, router = intake(Prover(5), {0: 5})
    with pytest.raises(LinesSkipped, match=r"Lines of logs.inbound/0 were skipped"):
        await taking.take([line(6)], 1)
    assert router.routed == []


async def test_a_line_that_was_skipped_in_the_middle_is_found_too() -> None:
    taking, router = intake(Prover(7), {0: 5})
    with pytest.raises(LinesSkipped):
        await taking.take([line(5), line(6), line(8)], 1)
    assert router.routed == []


async def test_an_offset_that_holds_no_line_such_as_a_marker_is_passed() -> None:
    prover = Prover()
    taking, router = intake(prover, {0: 5})
    assert await taking.take([line(5), line(8)], 1) == {0: 9}
    assert prover.asked == [[range(6, 8)]]
    assert router.routed == [5, 8]


async def test_where_nothing_was_committed_the_lines_from_the_logs_start_on_must_have_come() -> None:
    taking, router = intake(Prover(0), {0: None})
    with pytest.raises(LinesSkipped, match="a record stands there"):
        await taking.take([line(1)], 1)
    assert router.routed == []


async def test_what_kafka_deleted_before_anything_was_committed_is_no_gap() -> None:
    broker, prover = inbound_broker(), Prover()
    for _ in range(5):
        broker.append(TopicPartition(LOGS_INBOUND.name, 0), b"line")
    broker.move_log_start(TopicPartition(LOGS_INBOUND.name, 0), 5)
    taking, _ = intake(prover, {0: None}, MemoryTopics(broker))
    assert await taking.take([line(5)], 1) == {0: 6}
    assert prover.asked == []


async def test_offsets_that_were_committed_in_an_earlier_topic_are_not_committed_of_this_one() -> None:
    taking, _ = intake(Prover(), {0: 1000})
    assert await taking.take([line(0), line(1)], 1) == {0: 2}


async def test_lines_of_a_topic_that_was_made_anew_are_not_routed_under_the_id_of_the_old_one() -> None:
    broker = inbound_broker()
    taking, router = intake(Prover(), {0: 5}, MemoryTopics(broker))
    await taking.take([line(5)], 1)
    known = MemoryTopics(broker).topic_id(LOGS_INBOUND.name)
    found = broker.recreate_topic(LOGS_INBOUND.name)
    with pytest.raises(InboundRemade, match=f"began with the one with id {known}, and Kafka has {found} now"):
        await taking.take([line(0)], 1)
    assert router.routed == [5]


async def test_the_logs_start_is_asked_once_an_assignment_and_until_kafka_answers() -> None:
    topics = SlowTopics(inbound_broker())
    taking, router = intake(Prover(), {0: None}, topics)
    assert await taking.take([line(0)], 1) == {0: 1}
    assert await taking.take([line(1)], 1) == {0: 2}
    assert (router.routed, topics.asked) == ([0, 1], 3)


@pytest.mark.parametrize(("generation", "rebalancing"), [(2, False), (1, True)])
async def test_lines_of_an_assignment_that_is_over_are_left_to_whoever_reads_them_again(
    generation: int, rebalancing: bool
) -> None:
    worker = Worker({})
    worker.generation, worker.rebalancing = generation, rebalancing
    taking, router = intake(Prover(5), worker)
    assert await taking.take([line(6)], 1) == {}
    assert router.routed == []


async def test_a_partition_that_is_taken_away_while_kafka_is_asked_is_left_too() -> None:
    worker = Worker({0: None, 1: 5})

    class Leaving(MemoryTopics):
        def log_starts(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
            worker.generation = 2
            return super().log_starts(partitions)

    taking, router = intake(Prover(), worker, Leaving(inbound_broker()))
    assert await taking.take([line(0), line(5, 1)], 1) == {}
    assert router.routed == []
