from collections.abc import Callable, Collection, Mapping
from datetime import timedelta

import pytest
from tidelake.runtime.health import Health
from tidelake.runtime.shutdown import Deadline, StopForced, StopSignal
from tidelake.streams.consumer import Polled
from tidelake.streams.loop import ConsumerLoop, run
from tidelake.streams.memory import MemoryBroker, MemoryConsumer
from tidelake.streams.values import TopicPartition
from tidelake.testkit.clock import FakeClock

TP = TopicPartition("events.flights", 0)


class Counting:
    """Counts records as durable at once; what the drain finishes is set by the test."""

    def __init__(self) -> None:
        self.values: list[bytes | None] = []
        self.happened: list[str] = []
        self.drained: dict[TopicPartition, int] = {}
        self.during_drain: Callable[[Deadline], None] = lambda _: None

    def handle(self, polled: Polled) -> Mapping[TopicPartition, int]:
        self.values += [message.value() for message in polled.messages]
        return {TP: polled.messages[-1].offset() + 1} if polled.messages else {}

    def drain(self, deadline: Deadline) -> Mapping[TopicPartition, int]:
        self.happened.append("drained")
        self.during_drain(deadline)
        return self.drained

    def assigned(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        return dict.fromkeys(partitions, 0)

    def revoked(self, partitions: Collection[TopicPartition]) -> None:
        self.happened.append("revoked")

    def lost(self, partitions: Collection[TopicPartition]) -> None:
        self.happened.append("lost")


class Stage:
    """A loop on the broker in memory."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.broker.create_topic(TP.topic, 1)
        self.clock = FakeClock()
        self.health = Health()
        self.health.set("kafka", True)
        self.work = Counting()
        consumer = MemoryConsumer(self.broker, "g")
        consumer.subscribe([TP.topic], self.work)
        self.loop = ConsumerLoop(
            consumer, self.work, self.health, self.clock, 2, timedelta(0), timedelta(seconds=30)
        )

    def committed(self) -> int | None:
        return self.broker.committed("g").get(TP)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_step_polls_handles_and_commits(stage: Stage):
    for value in (b"a", b"b", b"c"):
        stage.broker.append(TP, value)
    stage.loop.step()
    assert (stage.work.values, stage.committed()) == ([b"a", b"b"], 2)
    stage.loop.step()
    assert (stage.work.values, stage.committed()) == ([b"a", b"b", b"c"], 3)


def test_what_is_not_durable_is_not_told_to_kafka(stage: Stage):
    stage.loop.step()
    assert stage.committed() is None


def test_it_runs_until_it_is_told_to_stop_and_then_finishes_in_order(stage: Stage):
    stop = StopSignal()
    stage.broker.append(TP, b"a")
    stage.work.drained = {TP: 7}

    def look(_deadline: Deadline) -> None:
        assert not stage.health.ready()

    stage.work.during_drain = look
    handle = stage.work.handle

    def handle_and_stop(polled: Polled) -> Mapping[TopicPartition, int]:
        stop.request()
        return handle(polled)

    stage.work.handle = handle_and_stop
    stage.loop.run(stop)
    assert stage.work.values == [b"a"]
    assert stage.work.happened == ["drained", "revoked"]
    assert stage.committed() == 7


def test_all_steps_of_the_stop_share_one_deadline(stage: Stage):
    left: list[timedelta] = []

    def take_time(deadline: Deadline) -> None:
        stage.clock.advance(timedelta(seconds=12))
        left.append(deadline.remaining())

    stage.work.during_drain = take_time
    stage.loop.finish(StopSignal())
    assert left == [timedelta(seconds=18)]


def test_a_second_signal_ends_without_committing(stage: Stage):
    stop = StopSignal()
    stop.request()
    stage.work.drained = {TP: 7}
    stage.work.during_drain = lambda _: stop.request()
    with pytest.raises(StopForced):
        stage.loop.run(stop)
    assert (stage.committed(), stage.work.happened) == (None, ["drained"])


def test_two_signals_before_the_stop_skip_the_drain(stage: Stage):
    stop = StopSignal()
    stop.request()
    stop.request()
    with pytest.raises(StopForced):
        stage.loop.run(stop)
    assert stage.work.happened == []


def test_what_a_step_raises_ends_the_loop():
    def fail() -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        run(fail, StopSignal())
