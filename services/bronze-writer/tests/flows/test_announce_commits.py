"""Every commit is announced, each before the next of its table; readers may see one twice."""

from datetime import timedelta

from bronze_writer.on_twins import LakeOnTwins, WriterOnTwins
from tidelake.streams.producer import Failed
from tidelake.streams.values import TopicPartition
from tidelake.testkit.clock import FakeClock


def run(clock: FakeClock, *writers: WriterOnTwins, steps: int = 8) -> None:
    for _ in range(steps):
        clock.advance(timedelta(seconds=0.5))
        for writer in writers:
            writer.step()


def test_a_commit_is_announced_with_its_version_and_ranges(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    lake.broker.append(at, b"value")
    run(clock, lake.writer())
    (announced,) = lake.announced()
    assert (announced.table, announced.version, announced.rows) == ("bronze/flights", 1, 1)
    record = lake.broker.log(TopicPartition("bronze-commits", 0)).visible(0)
    assert record is not None
    assert record.key == b"bronze/flights"


def test_nothing_more_is_committed_until_a_commit_is_announced(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    writer = lake.writer()
    run(clock, writer)
    for _ in range(3):
        writer.producer.fail_next(Failed("no answer", maybe_kept=True))
    lake.broker.append(at, b"first")
    run(clock, writer, steps=3)
    lake.broker.append(at, b"second")
    run(clock, writer, steps=3)
    assert lake.tables.table("bronze/flights").open().version == 1
    assert lake.announced() == []
    assert "was not confirmed" in str(writer.health.report())
    run(clock, writer, steps=12)
    assert [each.version for each in lake.announced()] == [1, 2]
    assert writer.health.ready()


def test_kafka_is_told_offsets_only_after_the_announcement(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    writer = lake.writer()
    run(clock, writer)
    writer.producer.fail_next(Failed("no answer", maybe_kept=True))
    lake.broker.append(at, b"value")
    run(clock, writer, steps=1)
    run(clock, writer, steps=1)
    assert writer.tokens == {at: 1}
    assert lake.broker.committed("bronze-writer") == {}
    run(clock, writer)
    assert lake.broker.committed("bronze-writer") == {at: 1}


def test_who_takes_over_announces_the_newest_commit_of_each_partition_again(
    lake: LakeOnTwins, clock: FakeClock
) -> None:
    topic = lake.publish("flights", partitions=2)
    first = lake.writer()
    run(clock, first)
    for partition in (0, 1, 1):
        lake.broker.append(TopicPartition(topic, partition), b"value")
        run(clock, first)
    assert [each.version for each in lake.announced()] == [1, 2, 3]
    first.die()
    run(clock, lake.writer("second"))
    assert [each.version for each in lake.announced()] == [1, 2, 3, 1, 3]
