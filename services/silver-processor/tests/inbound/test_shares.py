"""Each dataset is one processor's, whoever comes and goes; nobody leaves one before its batch is done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest
from silver_processor.inbound.shares import Shares
from silver_processor.inbound.streams import IsMine
from tidelake.contracts.names import SILVER_SHARES
from tidelake.runtime.health import Health
from tidelake.streams.errors import BrokerUnavailable, UnknownTopic
from tidelake.streams.memory.broker import MemoryBroker
from tidelake.streams.memory.consumer import MemoryConsumer
from tidelake.streams.memory.topics import MemoryTopics
from tidelake.streams.topics import TopicSpec
from tidelake.testkit.clock import FakeClock

DATASETS = [f"dataset-{number}" for number in range(40)]
GROUP = "silver"


class Processor:
    """One that has the datasets which its shares say, as its streams would."""

    def __init__(self, broker: MemoryBroker, clock: FakeClock) -> None:
        self.health, self.consumer = Health(), MemoryConsumer(broker, GROUP)
        self.works_on: set[str] = set()
        self.waited = timedelta(0)
        self.refusal: Exception | None = None
        self._topics = MemoryTopics(broker)
        self.shares = Shares(self.consumer, self._count, self._keep, clock, self.health)

    def _count(self) -> int:
        if self.refusal is not None:
            raise self.refusal
        return self._topics.partitions(SILVER_SHARES.name)

    def _keep(self, is_mine: IsMine, within: timedelta = timedelta(0)) -> None:
        self.waited = within
        self.works_on = {dataset for dataset in self.works_on if is_mine(dataset)}

    def step(self) -> None:
        self.shares.step(timedelta(0))
        self._keep(self.shares.is_mine)
        self.works_on |= {dataset for dataset in DATASETS if self.shares.is_mine(dataset)}

    @property
    def said(self) -> tuple[bool, str]:
        components = cast("dict[str, dict[str, object]]", self.health.report()["components"])
        return bool(components["shares"]["ok"]), str(components["shares"]["reason"])


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker()


@pytest.fixture
def join(broker: MemoryBroker, clock: FakeClock) -> Callable[[], Processor]:
    def joined() -> Processor:
        processor = Processor(broker, clock)
        processor.shares.join()
        processor.step()
        return processor

    return joined


def shared(broker: MemoryBroker, shares: int) -> None:
    MemoryTopics(broker).ensure(TopicSpec(SILVER_SHARES.name, shares))


def settle(*processors: Processor) -> None:
    """Each hears of what the others gave up; at no time do two have one dataset."""
    for _ in range(4):
        for processor in processors:
            processor.step()
            every = [dataset for one in processors for dataset in one.works_on]
            assert len(every) == len(set(every))
    assert sorted(every) == sorted(DATASETS)  # pyright: ignore[reportPossiblyUnboundVariable]


def test_one_alone_has_all(broker: MemoryBroker, join: Callable[[], Processor]) -> None:
    shared(broker, 3)
    one = join()
    assert one.works_on == set(DATASETS)
    assert one.said == (True, "")


def test_of_two_with_one_share_the_second_stands_by_and_takes_over(
    broker: MemoryBroker, join: Callable[[], Processor]
) -> None:
    shared(broker, 1)
    one, other = join(), join()
    settle(one, other)
    assert other.works_on == set()
    assert other.said == (True, "stands by: other processors have all shares")
    one.consumer.close()
    assert one.works_on == set()
    assert one.waited == timedelta(seconds=30), "the batch under way was finished"
    settle(other)


def test_of_a_killed_one_the_next_has_all_once_kafka_has_given_it_up(
    broker: MemoryBroker, join: Callable[[], Processor]
) -> None:
    shared(broker, 1)
    killed, other = join(), join()
    killed.consumer.expire()
    settle(other)


def test_as_many_work_as_there_are_shares(broker: MemoryBroker, join: Callable[[], Processor]) -> None:
    shared(broker, 4)
    one, other = join(), join()
    settle(one, other)
    assert one.works_on
    assert other.works_on


def test_shares_that_are_added_are_given_to_somebody(
    broker: MemoryBroker, clock: FakeClock, join: Callable[[], Processor]
) -> None:
    shared(broker, 1)
    one, other = join(), join()
    settle(one, other)
    shared(broker, 2)
    clock.advance(timedelta(seconds=30))
    for _ in range(3):
        one.step()
        other.step()
    settle(one, other)
    assert other.works_on


def test_who_lost_its_share_goes_on_until_the_group_says_whose_it_is(
    broker: MemoryBroker, clock: FakeClock, join: Callable[[], Processor]
) -> None:
    shared(broker, 1)
    one = join()
    other = join()
    one.shares.lost(one.consumer.assignment)
    assert one.said[0] is False
    clock.advance(timedelta(seconds=59))
    one.step()
    assert one.works_on == set(DATASETS)
    one.waited = timedelta(seconds=30)
    one.shares.assigned(())  # the other one has it, and works
    assert one.waited == timedelta(0)
    assert one.works_on == set()
    assert one.said == (True, "stands by: other processors have all shares")
    assert other.works_on == set()


def test_who_gets_its_share_back_has_stopped_no_stream(
    broker: MemoryBroker, join: Callable[[], Processor]
) -> None:
    shared(broker, 1)
    one = join()
    stopped: list[str] = []
    one.consumer.expire()
    for _ in range(3):
        before = set(one.works_on)
        one.step()
        stopped += before - one.works_on
    assert stopped == []
    assert one.works_on == set(DATASETS)
    assert one.said == (True, "")


def test_who_hears_nothing_more_gives_up_in_the_end(
    broker: MemoryBroker, clock: FakeClock, join: Callable[[], Processor]
) -> None:
    shared(broker, 1)
    one = join()
    one.shares.lost(one.consumer.assignment)
    clock.advance(timedelta(seconds=60))
    one.step()
    assert one.works_on == set()
    ready, reason = one.said
    assert not ready, "nobody said that others have its datasets"
    assert "lost sight" in reason
    one.shares.assigned(())
    assert one.said == (True, "stands by: other processors have all shares")
    one.shares.assigned(one.consumer.assignment)
    one.step()
    assert one.works_on == set(DATASETS)


@pytest.mark.parametrize("cause", [BrokerUnavailable("asking", "away"), UnknownTopic(SILVER_SHARES.name)])
def test_a_count_that_does_not_come_is_asked_for_again_and_stops_nothing(
    broker: MemoryBroker, join: Callable[[], Processor], cause: Exception
) -> None:
    shared(broker, 2)
    one = join()
    one.refusal = cause
    one.shares.assigned(())
    one.step()
    assert one.said == (False, str(cause))
    assert one.works_on == set(DATASETS)
    one.refusal = None
    one.step()
    assert one.said == (True, "")


def test_without_its_topic_it_says_so_and_has_nothing(
    broker: MemoryBroker, join: Callable[[], Processor]
) -> None:
    one = join()
    assert one.works_on == set()
    ok, reason = one.said
    assert not ok
    assert SILVER_SHARES.name in reason
    shared(broker, 1)
    one.step()
    one.step()
    assert one.works_on == set(DATASETS)
