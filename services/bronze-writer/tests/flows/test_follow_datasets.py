"""Datasets are taken up as they are published, without a restart."""

from datetime import timedelta

from bronze_writer.on_twins import LakeOnTwins, WriterOnTwins
from tidelake.contracts import names
from tidelake.streams.values import TopicPartition
from tidelake.testkit.clock import FakeClock


def run(clock: FakeClock, *writers: WriterOnTwins, steps: int = 8) -> None:
    for _ in range(steps):
        clock.advance(timedelta(seconds=0.5))
        for writer in writers:
            writer.step()


def test_a_writer_without_datasets_is_ready_and_idle(lake: LakeOnTwins, clock: FakeClock) -> None:
    writer = lake.writer()
    run(clock, writer)
    assert writer.health.ready()


def test_a_dataset_published_later_gets_its_empty_table(lake: LakeOnTwins, clock: FakeClock) -> None:
    writer = lake.writer()
    run(clock, writer)
    lake.publish("flights")
    run(clock, writer, steps=1)
    handle = lake.tables.table("bronze/flights").open()
    assert (handle.version, handle.topic_id) == (0, lake.topics.topic_id("events.flights"))


def test_a_dataset_published_later_does_not_disturb_the_others(lake: LakeOnTwins, clock: FakeClock) -> None:
    old = TopicPartition(lake.publish("flights"), 0)
    writer = lake.writer()
    lake.broker.append(old, b"value")
    run(clock, writer)
    new = TopicPartition(lake.publish("weather"), 0)
    lake.broker.append(new, b"value")
    lake.broker.append(old, b"value")
    run(clock, writer)
    assert writer.tokens == {old: 2, new: 1}


def test_a_dataset_whose_topic_is_not_bound_yet_is_not_taken_up(lake: LakeOnTwins, clock: FakeClock) -> None:
    lake.publish("flights")
    lake.objects.delete(names.topic_binding_path("flights", 1))
    writer = lake.writer()
    run(clock, writer)
    assert writer.tokens == {}
    assert writer.health.ready()
