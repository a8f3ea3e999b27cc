"""What is handed out is routed only where nothing is missing before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from ingest_router.core.log_progress import Progress
from ingest_router.core.log_routing import Line
from ingest_router.flows.take_lines import Gaps, LineIntake, LinesSkipped
from ingest_router.log_metrics import LineMetrics
from opentelemetry.metrics import NoOpMeter
from tidelake.contracts.names import LOGS_INBOUND
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


def intake(prover: Prover, committed: Mapping[int, int | None]) -> tuple[LineIntake, Router]:
    broker, router = MemoryBroker(), Router()
    broker.create_topic(LOGS_INBOUND.name, LOGS_INBOUND.partitions)
    gaps = Gaps(MemoryTopics(broker), prover, LineMetrics(NoOpMeter("test")))
    made = LineIntake(router, Progress(), gaps, lambda: committed, FakeClock())  # type: ignore[arg-type]
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
