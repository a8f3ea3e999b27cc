"""What became of a commit is read from the table, and from nothing else."""

from contextlib import suppress
from datetime import timedelta
from unittest import mock

from bronze_writer.on_twins import LakeOnTwins, WriterOnTwins
from tidelake.streams.values import TopicPartition
from tidelake.tables.memory_bronze import Fault
from tidelake.testkit.clock import FakeClock


def run(clock: FakeClock, *writers: WriterOnTwins, steps: int = 6) -> None:
    for _ in range(steps):
        clock.advance(timedelta(seconds=0.5))
        for writer in writers:
            writer.step()


def test_nothing_is_committed_while_a_commit_is_in_doubt(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    writer = lake.writer()
    run(clock, writer)
    lake.tables.faults.commits.append(Fault.ANSWER_LOST)
    lake.broker.append(at, b"first")
    run(clock, writer, steps=1)
    clock.advance(timedelta(seconds=0.5))
    writer.poll()
    lake.tables.faults.down = True  # the table can't be asked
    lake.broker.append(at, b"second")
    run(clock, writer)
    assert writer.tokens == {at: 0}
    lake.tables.faults.down = False
    run(clock, writer)
    assert writer.tokens == {at: 2}
    assert [each.rows for each in lake.announced()] == [1, 1]


def test_a_partition_given_away_in_doubt_is_its_next_owners(lake: LakeOnTwins, clock: FakeClock) -> None:
    topic = lake.publish("flights", partitions=2)
    first = lake.writer("first")
    run(clock, first)
    for partition in range(2):
        lake.broker.append(TopicPartition(topic, partition), b"value")
    lake.tables.faults.commits.append(Fault.ANSWER_LOST)
    run(clock, first, steps=1)
    clock.advance(timedelta(seconds=0.5))
    first.poll()
    lake.tables.faults.down = True
    second = lake.writer("second")
    run(clock, first, second)
    lake.tables.faults.down = False
    run(clock, first, second, steps=12)
    assert {**first.tokens, **second.tokens} == {TopicPartition(topic, n): 1 for n in range(2)}
    assert set(lake.bronze("flights").values()) == {1}
    assert {each.version for each in lake.announced()} == {1}


def test_a_zombies_commit_that_lands_late_is_found_by_its_heir(lake: LakeOnTwins, clock: FakeClock) -> None:
    """Its request was on its way when others took over: it lands while the heir makes its own commit."""
    at = TopicPartition(lake.publish("flights"), 0)
    zombie, heir = lake.writer("zombie"), lake.writer("heir")
    run(clock, zombie)
    lake.broker.append(at, b"value")
    zombie.step()
    zombie.consumer.expire(unnoticed_polls=9)
    run(clock, heir, steps=3)
    assert heir.buffered_bytes > 0
    clock.advance(timedelta(seconds=0.5))
    lake.tables.faults.meanwhile = zombie.step
    heir.step()
    run(clock, heir, zombie)
    assert set(lake.bronze("flights").values()) == {1}
    assert len({each.commit_id for each in lake.announced()}) == 1
    assert heir.health.ready()


class Crash(BaseException):
    """The process ends here."""


def test_the_same_range_committed_by_one_that_died_is_announced(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    zombie, heir = lake.writer("zombie"), lake.writer("heir")
    run(clock, zombie)
    lake.broker.append(at, b"value")
    zombie.step()
    zombie.consumer.expire(unnoticed_polls=9)
    run(clock, heir, steps=3)
    clock.advance(timedelta(seconds=0.5))

    def commit_and_die() -> None:
        with mock.patch.object(zombie.producer, "send", side_effect=Crash), suppress(Crash):
            zombie.step()

    lake.tables.faults.meanwhile = commit_and_die
    heir.step()
    assert set(lake.bronze("flights").values()) == {1}
    assert lake.announced() == []
    run(clock, heir)
    assert [each.version for each in lake.announced()] == [1]
    assert set(lake.bronze("flights").values()) == {1}
