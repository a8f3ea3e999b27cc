"""The lag comes from Kafka, and a topic that is not there is missed."""

from datetime import timedelta

from bronze_writer.on_twins import LakeOnTwins, WriterOnTwins
from tidelake.streams.values import TopicPartition
from tidelake.testkit.clock import FakeClock


def run(clock: FakeClock, writer: WriterOnTwins, steps: int = 8) -> None:
    for _ in range(steps):
        clock.advance(timedelta(seconds=0.5))
        writer.step()


def test_an_idle_dataset_whose_topic_is_deleted_is_told_until_it_is_there_again(
    lake: LakeOnTwins, clock: FakeClock
) -> None:
    gone, well = lake.publish("flights"), lake.publish("weather")
    writer = lake.writer()
    run(clock, writer)
    assert writer.health.ready()
    lake.topics.delete(gone)
    lake.broker.append(TopicPartition(well, 0), b"value")
    run(clock, writer)
    assert not writer.health.ready()
    assert f"no topic {gone!r}" in str(writer.health.report())
    assert writer.tokens[TopicPartition(well, 0)] == 1
    lake.broker.create_topic(gone, 1)
    lake.accept_new_topic("flights")
    run(clock, writer, steps=20)
    assert writer.health.ready()
