"""What the consumer skipped is read again; what only markers explain is committed as it is."""

from collections import Counter
from datetime import timedelta

from bronze_writer.on_twins import LakeOnTwins, WriterOnTwins
from tidelake.streams.values import TopicPartition
from tidelake.testkit.clock import FakeClock


def run(clock: FakeClock, writer: WriterOnTwins, steps: int = 8, seconds: float = 0.5) -> None:
    for _ in range(steps):
        clock.advance(timedelta(seconds=seconds))
        writer.step()


def values(lake: LakeOnTwins) -> list[bytes | None]:
    return lake.tables.rows("bronze/flights")["value"].to_pylist()


def test_records_that_the_consumer_skipped_are_read_again(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    writer = lake.writer()
    run(clock, writer)
    written = [str(number).encode() for number in range(5)]
    for value in written:
        lake.broker.append(at, value)
    writer.consumer.skip(at, 3)
    run(clock, writer, steps=2)
    assert lake.bronze("flights") == Counter()
    assert not writer.health.ready()
    assert "a record stands at offset 0" in str(writer.health.report())
    run(clock, writer, steps=20)
    assert values(lake) == written
    assert writer.health.ready()


def test_a_jump_to_the_end_is_no_end(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    writer = lake.writer()
    run(clock, writer)
    lake.broker.append(at, b"first")
    lake.broker.append(at, b"second")
    writer.consumer.skip(at, 2)
    run(clock, writer, steps=30)
    assert values(lake) == [b"first", b"second"]
    assert writer.tokens == {at: 2}


def test_the_other_partitions_of_a_commit_are_not_held_up(lake: LakeOnTwins, clock: FakeClock) -> None:
    topic = lake.publish("flights", partitions=2)
    writer = lake.writer()
    run(clock, writer)
    lake.broker.append(TopicPartition(topic, 0), b"skipped")
    lake.broker.append(TopicPartition(topic, 1), b"read")
    writer.consumer.skip(TopicPartition(topic, 0), 1)
    run(clock, writer, steps=2)
    assert values(lake) == [b"read"]


def test_markers_and_aborted_records_are_no_loss(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    writer = lake.writer()
    run(clock, writer)
    for commit in (True, False, True):
        transaction = lake.broker.begin_transaction()
        transaction.append(at, b"value")
        if commit:
            transaction.commit()
        else:
            transaction.abort()
    run(clock, writer, steps=2)
    assert writer.tokens == {at: 6}
    assert writer.health.ready()


def test_while_kafka_is_away_nothing_with_a_gap_is_committed(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights", freshness=60), 0)
    writer = lake.writer()
    run(clock, writer)
    transaction = lake.broker.begin_transaction()
    transaction.append(at, b"value")
    transaction.commit()
    writer.step()
    lake.broker.available = False
    run(clock, writer, seconds=10)
    assert writer.tokens == {at: 0}
    lake.broker.available = True
    run(clock, writer, seconds=10)
    assert writer.tokens == {at: 2}
    assert lake.bronze("flights").total() == 1
