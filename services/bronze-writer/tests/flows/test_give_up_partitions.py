"""A partition that goes is committed as far as it is complete; one that is lost is dropped."""

from datetime import timedelta
from unittest import mock

from bronze_writer.on_twins import LakeOnTwins, WriterOnTwins
from tidelake.contracts.announcer import AnnouncementFailed, TopicAnnouncer
from tidelake.streams.values import TopicPartition
from tidelake.testkit.clock import FakeClock


def run(clock: FakeClock, *writers: WriterOnTwins, steps: int = 8) -> None:
    for _ in range(steps):
        clock.advance(timedelta(seconds=0.5))
        for writer in writers:
            writer.step()


def test_a_stop_commits_announces_and_tells_kafka_what_was_taken(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights", freshness=300), 0)
    writer = lake.writer()
    run(clock, writer, steps=4)
    lake.broker.append(at, b"value")
    writer.step()
    assert lake.announced() == []
    writer.stop()
    assert sum(lake.bronze("flights").values()) == 1
    assert len(lake.announced()) == 1
    assert lake.broker.committed("bronze-writer") == {at: 1}


def test_partitions_go_over_to_a_new_writer_without_loss(lake: LakeOnTwins, clock: FakeClock) -> None:
    topic = lake.publish("flights", partitions=4, freshness=300)
    first = lake.writer("first")
    run(clock, first, steps=4)
    for number in range(40):
        lake.broker.append(TopicPartition(topic, number % 4), b"value")
    first.step()
    second = lake.writer("second")
    run(clock, first, second, steps=10)
    assert len(first.tokens) == len(second.tokens) == 2
    # What the first had taken of those that went was committed before they went, and only that.
    assert sorted(second.tokens.values()) == [10, 10]
    assert sorted(first.tokens.values()) == [0, 0]
    first.stop()
    second.stop()
    assert set(lake.bronze("flights").values()) == {1}
    assert sum(lake.bronze("flights").values()) == 40


def test_a_rebalance_does_not_wait_for_a_store_that_is_down(lake: LakeOnTwins, clock: FakeClock) -> None:
    topic = lake.publish("flights", partitions=2)
    first = lake.writer("first")
    run(clock, first, steps=4)
    for partition in range(2):
        lake.broker.append(TopicPartition(topic, partition), b"value")
    lake.tables.faults.down = True
    run(clock, first)
    second = lake.writer("second")
    run(clock, first, second)
    assert len(first.consumer.assignment) == len(second.consumer.assignment) == 1
    lake.tables.faults.down = False
    run(clock, first, second, steps=12)
    assert {**first.tokens, **second.tokens} == {TopicPartition(topic, n): 1 for n in range(2)}
    assert set(lake.bronze("flights").values()) == {1}


def test_a_rebalance_waits_for_slow_announcements_only_so_long(lake: LakeOnTwins, clock: FakeClock) -> None:
    topics = [lake.publish(f"flights{number}", partitions=2, freshness=300) for number in range(8)]
    first = lake.writer("first")
    run(clock, first, steps=10)
    for topic in topics:
        for partition in range(2):
            lake.broker.append(TopicPartition(topic, partition), b"value")
    first.step()
    took = timedelta(seconds=10)
    slow = AnnouncementFailed("bronze/flights", 1, "no answer within 10 s")

    def announce(*_: object) -> None:
        clock.advance(took)
        raise slow

    began = clock.monotonic()
    with mock.patch.object(TopicAnnouncer, "announce", announce):
        second = lake.writer("second")
        second.step()
        first.poll()
    assert clock.monotonic() - began <= 40
    run(clock, first, second, steps=140)
    for topic in topics:
        assert set(lake.bronze(topic.removeprefix("events.")).values()) == {1}
    assert {each.table for each in lake.announced()} == {f"bronze/flights{number}" for number in range(8)}


def test_what_is_lost_is_dropped_and_left_to_whoever_has_it(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights", freshness=300), 0)
    writer = lake.writer()
    run(clock, writer, steps=4)
    lake.broker.append(at, b"value")
    writer.step()
    assert writer.buffered_bytes > 0
    writer.consumer.expire()
    writer.step()
    assert writer.buffered_bytes == 0
    assert lake.announced() == []
    writer.stop()
    run(clock, lake.writer("second"), steps=4)
    assert lake.announced() == []
