"""Partitions are read from the table's token, and stand still where a person has to decide."""

from datetime import timedelta
from unittest import mock

from bronze_writer.on_twins import LakeOnTwins, WriterOnTwins
from tidelake.contracts.given_up import give_up
from tidelake.streams.errors import UnknownTopic
from tidelake.streams.values import TopicPartition
from tidelake.tables.positions import OffsetRange, Source
from tidelake.testkit.clock import FakeClock


def run(clock: FakeClock, *writers: WriterOnTwins, steps: int = 8) -> None:
    for _ in range(steps):
        clock.advance(timedelta(seconds=0.5))
        for writer in writers:
            writer.step()


def produce(lake: LakeOnTwins, at: TopicPartition, count: int) -> None:
    for _ in range(count):
        lake.broker.append(at, b"value")


def reasons(writer: WriterOnTwins) -> str:
    return str(writer.health.report()["components"])


def test_a_first_start_is_at_the_logs_start_and_kept(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    produce(lake, at, 9)
    lake.broker.move_log_start(at, 4)
    run(clock, lake.writer())
    source = Source(lake.topics.topic_id(at.topic), 0)
    handle = lake.tables.table("bronze/flights").open()
    assert (handle.first_covered(source), handle.token(source)) == (4, 9)


def test_lost_offsets_stop_their_partition_and_no_other(lake: LakeOnTwins, clock: FakeClock) -> None:
    topic = lake.publish("flights", partitions=2)
    stuck, free = TopicPartition(topic, 0), TopicPartition(topic, 1)
    first = lake.writer()
    produce(lake, stuck, 3)
    run(clock, first)
    first.stop()
    produce(lake, stuck, 5)
    lake.broker.move_log_start(stuck, 6)
    second = lake.writer("second")
    produce(lake, free, 4)
    run(clock, second, steps=30)
    assert second.tokens == {free: 4}
    assert "offsets 3 to 5 were deleted" in reasons(second)
    assert not second.health.ready()


def test_offsets_that_are_given_up_are_named_in_the_table_and_reading_goes_on(
    lake: LakeOnTwins, clock: FakeClock
) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    first = lake.writer()
    produce(lake, at, 3)
    run(clock, first)
    first.stop()
    produce(lake, at, 5)
    lake.broker.move_log_start(at, 6)
    second = lake.writer("second")
    run(clock, second)
    source = Source(lake.topics.topic_id(at.topic), 0)
    give_up(lake.objects, "flights", source, OffsetRange(3, 6))
    run(clock, second, steps=30)
    assert second.tokens == {at: 8}
    assert second.health.ready()
    lost = [each.ranges[0] for each in lake.announced() if each.ranges[0].lost]
    assert [(each.first, each.lost) for each in lost] == [(3, 3)]


def test_what_was_read_before_kafka_forgot_the_rest_is_committed(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    writer = lake.writer(max_poll_records=3)
    run(clock, writer, steps=4)
    produce(lake, at, 9)
    writer.step()  # takes 0 to 2, which are not due yet
    lake.broker.move_log_start(at, 7)
    run(clock, writer, steps=12)
    assert writer.tokens == {at: 3}
    assert "offsets 3 to 6 were deleted" in reasons(writer)
    assert sum(lake.bronze("flights").values()) == 3


def test_a_token_beyond_the_log_stops_the_partition_until_the_records_are_back(
    lake: LakeOnTwins, clock: FakeClock
) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    first = lake.writer()
    produce(lake, at, 5)
    run(clock, first)
    first.stop()
    second = lake.writer("second")
    # As of a broker that lost its disk, and got it back.
    with mock.patch.object(lake.topics, "last_stable_offsets", return_value={at: 3}):
        run(clock, second)
        assert "bronze is at offset 5 and Kafka's log ends at 3" in reasons(second)
        assert second.tokens == {}
    produce(lake, at, 2)
    run(clock, second, steps=20)
    assert second.tokens == {at: 7}
    assert second.health.ready()


def test_a_topic_that_is_gone_stops_its_partitions(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    writer = lake.writer()
    run(clock, writer, steps=4)
    produce(lake, at, 5)
    writer.step()
    gone = UnknownTopic(at.topic)
    with mock.patch.object(lake.topics, "topic_id", side_effect=gone):
        run(clock, writer)
        assert sum(lake.bronze("flights").values()) == 0
        assert "Kafka has no topic 'events.flights'" in reasons(writer)
    run(clock, writer, steps=20)
    assert writer.tokens == {at: 5}
    assert writer.health.ready()


def test_an_added_partition_is_read_without_a_restart(lake: LakeOnTwins, clock: FakeClock) -> None:
    topic = lake.publish("flights", partitions=1)
    writer = lake.writer()
    run(clock, writer)
    lake.broker.add_partitions(topic, 3)
    produce(lake, TopicPartition(topic, 2), 4)
    run(clock, writer)
    assert writer.tokens == {TopicPartition(topic, n): end for n, end in enumerate([0, 0, 4])}


def test_of_two_writers_that_find_an_accepted_topic_both_go_on(lake: LakeOnTwins, clock: FakeClock) -> None:
    topic = lake.publish("flights", partitions=2)
    one, other = lake.writer("one"), lake.writer("other")
    run(clock, one, other)
    lake.broker.recreate_topic(topic)
    lake.accept_new_topic("flights")
    for partition in range(2):
        produce(lake, TopicPartition(topic, partition), 3)
    run(clock, one, other, steps=40)
    assert {**one.tokens, **other.tokens} == {TopicPartition(topic, 0): 3, TopicPartition(topic, 1): 3}
    assert one.health.ready()
    assert other.health.ready()
